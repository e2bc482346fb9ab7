import { JobFailure } from "../lease/executor.ts";
import { ffmpeg, findFonts, MediaError } from "../media/mod.ts";

/** What keeps the builtin runners from running on this machine, as a sentence; null when nothing does. */
export async function missingTools(signal?: AbortSignal): Promise<string | null> {
  try {
    await ffmpeg(
      ["-f", "lavfi", "-i", "color=s=16x16", "-frames:v", "1", "-f", "null", "-"],
      signal ? { signal } : {},
    );
    await findFonts("");
    return null;
  } catch (error) {
    if (error instanceof MediaError || error instanceof JobFailure) return error.message;
    throw error;
  }
}

import { ffmpeg } from "../../media/mod.ts";

/** A film as FlexiAct makes them: 49 frames at 8 a second; a small one. */
export async function film(path: string): Promise<void> {
  const pattern = ["-f", "lavfi", "-i", "testsrc2=s=144x96:r=8"];
  await ffmpeg([...pattern, "-frames:v", "49", "-pix_fmt", "yuv420p", path]);
}

export async function picture(path: string): Promise<void> {
  await ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=96x96", "-frames:v", "1", path]);
}

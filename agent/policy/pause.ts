import { join } from "@std/path";
import { z } from "zod";

/** `pause.json`: what the owner said last, until they say something else; a machine that restarts stays paused. */
const PauseFile = z.object({ after_job: z.boolean(), at: z.string() });

/** `resting.json`: what the running agent made of it, for `agent status`. */
const RestingFile = z.object({ sentence: z.string(), since: z.string() });

export type Wish = "work" | "pause" | "pause_after_job";

export async function readWish(dataDir: string): Promise<Wish> {
  const text = await readOrNull(join(dataDir, "pause.json"));
  if (text === null) return "work";
  const parsed = PauseFile.safeParse(jsonOrNull(text));
  // A file that is there and cannot be read is still somebody's wish that nothing runs.
  return parsed.success && parsed.data.after_job ? "pause_after_job" : "pause";
}

export async function writeWish(dataDir: string, wish: Wish): Promise<void> {
  const path = join(dataDir, "pause.json");
  if (wish === "work") return await removeIfThere(path);
  const file = { after_job: wish === "pause_after_job", at: new Date().toISOString() };
  await replace(path, JSON.stringify(file));
}

export async function readResting(dataDir: string): Promise<z.infer<typeof RestingFile> | null> {
  const parsed = RestingFile.safeParse(jsonOrNull(await readOrNull(join(dataDir, "resting.json")) ?? ""));
  return parsed.success ? parsed.data : null;
}

/** Empty: it works. */
export async function writeResting(dataDir: string, sentence: string): Promise<void> {
  const path = join(dataDir, "resting.json");
  if (!sentence) return await removeIfThere(path);
  await replace(path, JSON.stringify({ sentence, since: new Date().toISOString() }));
}

async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

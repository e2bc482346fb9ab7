import { join } from "@std/path";
import { inspect } from "../../../agent/media/mod.ts";
import type { RenderOptions } from "../../../shared/jobs/film.ts";
import { byHand } from "./by_hand.ts";
import { type Cost, measured } from "./process.ts";
import { type BenchTake, frames, type Scene, specOf } from "./scene.ts";

/** Where films are made, and of what. */
export interface Ground {
  folder: string;
  takes: readonly BenchTake[];
}

export interface Rendering {
  cache: string;
  /** By an agent that has rendered before; else its start, and what it asks ffmpeg once, is part of it. */
  warm?: boolean;
  options?: Partial<RenderOptions>;
}

/** A film by the agent's own code. */
export async function byStudio(
  scene: Scene,
  { folder, takes }: Ground,
  { cache, warm, options = {} }: Rendering,
): Promise<Cost> {
  const job = join(folder, "job.json");
  const out = join(folder, "studio");
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const paths = takes.map(({ reel, path }) => [reel, path]);
  await Deno.writeTextFile(job, JSON.stringify({ spec: { ...specOf(scene, takes), options }, paths }));
  const script = join(import.meta.dirname!, "render_once.ts");
  const args = ["run", "-A", "--no-check", script, job, out, cache, ...(warm ? ["warm"] : [])];
  const cost = await measured(Deno.execPath(), args);
  const { file, seconds, cpu } = JSON.parse(cost.stdout.trim().split("\n").at(-1)!);
  await check(file, scene, "the studio");
  return warm ? { ...cost, seconds, cpu } : cost;
}

/** The same by the best single ffmpeg command. */
export async function byCommand(scene: Scene, { folder, takes }: Ground): Promise<Cost> {
  const to = join(folder, "hand.mp4");
  const cost = await measured("ffmpeg", await byHand(scene, takes, to, folder));
  await check(to, scene, "the ffmpeg command");
  return cost;
}

/** The same by MoviePy, which leaves files in the folder that it is started in. */
export async function byMoviePy(python: string, scene: Scene, { folder, takes }: Ground): Promise<Cost> {
  const job = join(folder, "moviepy.json");
  const to = join(folder, "moviepy.mp4");
  await Deno.writeTextFile(job, JSON.stringify({ shots: scene.shots, takes }));
  const script = join(import.meta.dirname!, "moviepy_film.py");
  // The same ffmpeg for all.
  const cost = await measured(python, [script, job, to], { IMAGEIO_FFMPEG_EXE: "ffmpeg" }, folder);
  await check(to, scene, "MoviePy");
  return cost;
}

/** A film that lacks frames was not rendered in that time. MoviePy counts in seconds, and may be off by one. */
async function check(path: string, scene: Scene, by: string): Promise<void> {
  const made = await inspect(path);
  if (Math.abs(made.frames - frames(scene)) > (by === "the studio" ? 0 : 1)) {
    throw new Error(`"${scene.name}" by ${by} has ${made.frames} frames and not ${frames(scene)}.`);
  }
}

/** Python with MoviePy 2 in a folder that is gone afterwards; null where there is none to be had. */
export async function findMoviePy(folder: string): Promise<string | null> {
  const given = Deno.env.get("MOVIEPY_PYTHON");
  if (given) return given;
  const python = join(folder, "venv", "bin", "python");
  try {
    await measured("python3", ["-m", "venv", join(folder, "venv")]);
    await measured(python, ["-m", "pip", "install", "-q", "moviepy==2.2.1"]);
    return python;
  } catch (error) {
    console.log(
      `MoviePy cannot be installed here, so it does not run: ${(error as Error).message.slice(0, 200)}`,
    );
    return null;
  }
}

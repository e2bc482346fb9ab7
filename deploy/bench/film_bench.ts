import { join } from "@std/path";
import { inspect } from "../../agent/media/mod.ts";
import type { RenderOptions } from "../../shared/jobs/film.ts";
import { byHand } from "./film/by_hand.ts";
import { type Cost, measured } from "./film/process.ts";
import { type BenchTake, frames, makeTakes, type Scene, type Shot, specOf } from "./film/scene.ts";
import { table } from "./measure.ts";

/** Peers are slow: the longest film only when it is asked for. */
export interface FilmBenchOptions {
  /** Shots of the long film. */
  long?: number;
}

const shots = (count: number, make: (index: number) => Partial<Shot>): Shot[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ take: index % TAKES, start: 0, frames: 48, dissolve: 0 },
    ...make(index),
  }));
const TAKES = 8;

function scenes(long: number): Scene[] {
  return [
    { name: "cut-only, at key frames", shots: shots(16, (i) => ({ start: (i % 4) * 12 })) },
    { name: "cut-only, within groups", shots: shots(16, (i) => ({ start: 5 + (i % 7) * 3 })) },
    { name: "with dissolves", shots: shots(16, (i) => ({ start: 6, dissolve: i % 2 ? 12 : 0 })) },
    {
      name: `${long} shots`,
      shots: shots(long, (i) => ({ start: (i * 5) % 40, frames: 12, dissolve: i % 5 === 4 ? 6 : 0 })),
    },
  ];
}

/**
 * The same films of the same takes by the studio's agent, by MoviePy 2 and by one ffmpeg command, in one run: time, processor
 * time and memory of each with all that it starts; and what a change to one shot costs.
 */
export async function filmBench({ long = 200 }: FilmBenchOptions = {}): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "studio-film-bench-" });
  try {
    console.log(
      `\nFilms: 1280 x 720, 24 frames a second, with sound; ${navigator.hardwareConcurrency} processors`,
    );
    const takes = await makeTakes(folder, TAKES, 96);
    const python = await moviepy(folder);
    const rows = [["film", "by", "seconds", "CPU s", "MB", "x our time", "x our CPU"]];
    for (const scene of scenes(long)) {
      const cache = join(folder, `cache-${rows.length}`);
      const ours = await studio(scene, takes, folder, { cache, warm: true });
      await check(ours.file, scene, "the studio");
      const cold = await studio(scene, takes, folder, { cache: `${cache}-cold` });
      const hand = await command(scene, takes, folder);
      const theirs = python ? await peer(python, scene, takes, folder) : null;
      const of = (by: string, cost: Cost) => {
        const row = [
          ...[scene.name, by, cost.seconds.toFixed(2), cost.cpu.toFixed(2), cost.memory.toFixed(0)],
          ...[(cost.seconds / ours.seconds).toFixed(2), (cost.cpu / ours.cpu).toFixed(2)],
        ];
        rows.push(row);
        // It takes minutes: what is known is told at once.
        console.log(`  … ${row.join(" · ")}`);
      };
      of("studio", ours);
      of("studio, with its start", cold);
      of("one ffmpeg command", hand);
      if (theirs) of("MoviePy 2", theirs);
      const again = await studio(changed(scene), takes, folder, { cache, warm: true });
      await check(again.file, scene, "the studio");
      of("studio, one shot changed", again);
      if (scene.shots.length < long) continue;
      // With words in every frame nothing can be copied: what the cache saves is seen.
      const words = { cache, warm: true, options: { burn_in: true } };
      of("studio, review copy", await studio(scene, takes, folder, words));
      of("studio, review copy, one shot changed", await studio(changed(scene), takes, folder, words));
    }
    console.log(table(rows));
    await memoryByLength(takes, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the studio holds in memory for films of two seconds a shot, a tenth of them dissolves. */
async function memoryByLength(takes: BenchTake[], folder: string): Promise<void> {
  const rows = [["shots", "minutes", "seconds", "CPU s", "MB"]];
  for (const count of [50, 200, 800]) {
    const scene = {
      name: `${count} shots`,
      shots: shots(count, (i) => ({ start: (i % 3) * 12, dissolve: i % 10 === 9 ? 12 : 0 })),
    };
    const cost = await studio(scene, takes, folder, { cache: join(folder, `length-${count}`), warm: true });
    await check(cost.file, scene, "the studio");
    rows.push([
      ...[String(count), (frames(scene) / 24 / 60).toFixed(1), cost.seconds.toFixed(2)],
      ...[cost.cpu.toFixed(2), cost.memory.toFixed(0)],
    ]);
  }
  console.log(`\nMemory by the film's length\n${table(rows)}`);
}

/** The film with another trim of its middle shot. */
function changed(scene: Scene): Scene {
  const middle = scene.shots.findIndex((shot, i) => i >= scene.shots.length / 2 && shot.dissolve === 0);
  return {
    ...scene,
    shots: scene.shots.map((shot, i) => i === middle ? { ...shot, start: shot.start + 1 } : shot),
  };
}

interface Rendering {
  cache: string;
  /** By an agent that has rendered before; else its start, and what it asks ffmpeg once, is part of it. */
  warm?: boolean;
  options?: Partial<RenderOptions>;
}

async function studio(
  scene: Scene,
  takes: BenchTake[],
  folder: string,
  { cache, warm, options = {} }: Rendering,
): Promise<Cost & { file: string }> {
  const job = join(folder, "job.json");
  const out = join(folder, "studio");
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const paths = takes.map(({ reel, path }) => [reel, path]);
  await Deno.writeTextFile(job, JSON.stringify({ spec: { ...specOf(scene, takes), options }, paths }));
  const script = join(import.meta.dirname!, "film", "render_once.ts");
  const args = ["run", "-A", "--no-check", script, job, out, cache, ...(warm ? ["warm"] : [])];
  const cost = await measured(Deno.execPath(), args);
  const { file, seconds, cpu } = JSON.parse(cost.stdout.trim().split("\n").at(-1)!);
  return warm ? { ...cost, file, seconds, cpu } : { ...cost, file };
}

async function command(scene: Scene, takes: BenchTake[], folder: string): Promise<Cost> {
  const to = join(folder, "hand.mp4");
  const cost = await measured("ffmpeg", await byHand(scene, takes, to, folder));
  await check(to, scene, "the ffmpeg command");
  return cost;
}

async function peer(python: string, scene: Scene, takes: BenchTake[], folder: string): Promise<Cost> {
  const job = join(folder, "moviepy.json");
  const to = join(folder, "moviepy.mp4");
  await Deno.writeTextFile(job, JSON.stringify({ shots: scene.shots, takes }));
  const script = join(import.meta.dirname!, "film", "moviepy_film.py");
  // The same ffmpeg for all.
  const cost = await measured(python, [script, job, to], { IMAGEIO_FFMPEG_EXE: "ffmpeg" });
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
async function moviepy(folder: string): Promise<string | null> {
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

if (import.meta.main) await filmBench(Deno.args[0] ? { long: Number(Deno.args[0]) } : {});

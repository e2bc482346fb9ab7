import { join } from "@std/path";
import { AUDIO_ENCODING, AUDIO_RATE, ffmpeg, videoEncoding } from "../../../agent/media/mod.ts";
import { type EdlEvent, transitionLines, writeEdl } from "../../../shared/edl/mod.ts";
import type { AssembleSpec } from "../../../shared/jobs/job.ts";
import { RATES } from "../../../shared/time/rate.ts";

export const SIZE = { width: 1280, height: 720 };
const RATE = RATES["24"];
const HOUR = 24 * 3600;

export interface BenchTake {
  reel: string;
  path: string;
  frames: number;
}

/** A shot of a film: frames of a take, and frames of dissolve into it. */
export interface Shot {
  take: number;
  start: number;
  frames: number;
  dissolve: number;
}

export interface Scene {
  name: string;
  shots: Shot[];
}

/** Takes of a film. */
export const TAKES = 8;

/** Chords that come and go like syllables, over a hiss: an encoder does with it what it does with what films sound like. */
function voice(pitch: number): string {
  const partials = [[1, 0.2], [2.01, 0.12], [3.02, 0.08], [5.03, 0.05], [9.1, 0.03]];
  const chord = partials.map(([times, level]) => `${level}*sin(2*PI*${pitch * times!}*t)`).join("+");
  return `(0.5+0.5*sin(2*PI*3*t))*(${chord})+0.02*(random(0)-0.5)`;
}

/** Takes as the studio makes them: picture that moves everywhere, and sound. */
export async function makeTakes(folder: string, count: number, frames: number): Promise<BenchTake[]> {
  const takes: BenchTake[] = [];
  for (let i = 0; i < count; i++) {
    const path = join(folder, `take${i}.mp4`);
    const seconds = (frames / 24).toFixed(3);
    await ffmpeg([
      ...[
        "-f",
        "lavfi",
        "-i",
        `testsrc2=s=${SIZE.width}x${SIZE.height}:r=24,setpts=PTS+${i * 7}/TB`,
      ],
      ...["-f", "lavfi", "-i", `aevalsrc='${voice(220 + i * 30)}':s=${AUDIO_RATE}`],
      ...["-t", seconds, ...videoEncoding(RATE)],
      ...[...AUDIO_ENCODING, `file:${path}`],
    ]);
    takes.push({ reel: `TAKE${String(i).padStart(4, "0")}`, path, frames });
  }
  return takes;
}

export const frames = ({ shots }: Scene) => shots.reduce((sum, shot) => sum + shot.frames, 0);

/** The job that an agent is given for a scene. */
export function specOf(scene: Scene, takes: readonly BenchTake[]): AssembleSpec {
  const events: EdlEvent[] = [];
  let at = HOUR;
  for (const [index, shot] of scene.shots.entries()) {
    const take = takes[shot.take]!;
    const from = shot.take * 10_000 + shot.start;
    const event: EdlEvent = {
      ...{ number: index + 1, reel: take.reel, channels: "V", comments: [], clip: take.reel },
      transition: shot.dissolve ? { kind: "dissolve", frames: shot.dissolve } : { kind: "cut" },
      source: { in: from, out: from + shot.frames },
      record: { in: at, out: at + shot.frames },
    };
    events.push(...(shot.dissolve ? transitionLines(event, events.at(-1) ?? null) : [event]));
    at += shot.frames;
  }
  return {
    ...{ kind: "assemble", edl_name: "bench.edl", name: scene.name, fps: "24", ...SIZE, title: scene.name },
    edl: writeEdl({ title: scene.name, rate: RATE, drop: false, comments: [], events }),
    inputs: takes.map(({ reel, path, frames }, i) => ({
      ...{ name: reel, oid: String(i).padStart(64, "0"), size: Deno.statSync(path).size },
      ...{ file_name: `${reel}.mp4`, timecode_start: i * 10_000, frames, kind: "video" as const },
    })),
  };
}

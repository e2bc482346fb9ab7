import { AUDIO_ENCODING, videoEncoding } from "../../../agent/media/mod.ts";
import { RATES } from "../../../shared/time/rate.ts";
import type { BenchTake, Scene } from "./scene.ts";

const seconds = (frames: number) => (frames / 24).toFixed(6);

/** All shots begin with a key frame and none is mixed: the packets can be copied in one command, with a list in a file. */
export function canCopy({ shots }: Scene): boolean {
  return shots.every(({ start, dissolve }) => dissolve === 0 && start % 12 === 0);
}

/** The best single ffmpeg command for a scene: picture copied by the concat demuxer where that is exact, else one filter graph. */
export async function byHand(
  scene: Scene,
  takes: readonly BenchTake[],
  to: string,
  folder: string,
): Promise<string[]> {
  if (canCopy(scene)) {
    const list = `${folder}/list.txt`;
    const lines = scene.shots.map(({ take, start, frames }) =>
      `file '${takes[take]!.path}'\ninpoint ${seconds(start)}\noutpoint ${seconds(start + frames)}`
    );
    await Deno.writeTextFile(list, lines.join("\n") + "\n");
    return [
      ...["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", list],
      ...["-c:v", "copy", ...AUDIO_ENCODING, "-movflags", "+faststart", to],
    ];
  }
  const inputs: string[] = [];
  const graph: string[] = [];
  for (const [index, { take, start, frames }] of scene.shots.entries()) {
    const after = scene.shots[index + 1]?.dissolve ?? 0;
    // A decoder with threads of its own holds a frame for each, in every one of two hundred inputs.
    inputs.push(
      "-threads",
      "1",
      "-ss",
      seconds(start),
      "-t",
      seconds(frames + after),
      "-i",
      takes[take]!.path,
    );
    graph.push(
      `[${index}:v]setpts=PTS-STARTPTS,fps=24[v${index}]`,
      `[${index}:a]asetpts=PTS-STARTPTS[a${index}]`,
    );
  }
  // What follows without a dissolve is joined first, and then the runs are mixed: xfade takes two streams at a time.
  const runs: { from: number; to: number; frames: number }[] = [];
  for (const [index, shot] of scene.shots.entries()) {
    const run = runs.at(-1);
    if (index === 0 || shot.dissolve || !run) runs.push({ from: index, to: index, frames: shot.frames });
    else Object.assign(run, { to: index, frames: run.frames + shot.frames });
  }
  let at = 0;
  for (const [index, run] of runs.entries()) {
    const shots = Array.from({ length: run.to - run.from + 1 }, (_, i) => run.from + i);
    const streams = shots.map((shot) => `[v${shot}][a${shot}]`).join("");
    graph.push(`${streams}concat=n=${shots.length}:v=1:a=1[rv${index}][ra${index}]`);
    if (index > 0) {
      const long = seconds(scene.shots[run.from]!.dissolve);
      const [v, a] = index === 1 ? ["rv0", "ra0"] : [`xv${index - 1}`, `xa${index - 1}`];
      graph.push(
        `[${v}][rv${index}]xfade=duration=${long}:offset=${seconds(at)}[xv${index}]`,
        `[${a}][ra${index}]acrossfade=d=${long}:c1=tri:c2=tri[xa${index}]`,
      );
    }
    at += run.frames;
  }
  const last = runs.length === 1 ? ["[rv0]", "[ra0]"] : [`[xv${runs.length - 1}]`, `[xa${runs.length - 1}]`];
  return [
    ...["-v", "error", "-y", ...inputs, "-filter_complex", graph.join(";")],
    ...[
      "-map",
      last[0]!,
      "-map",
      last[1]!,
      ...videoEncoding(RATES["24"]),
      ...AUDIO_ENCODING,
      "-movflags",
      "+faststart",
      to,
    ],
  ];
}

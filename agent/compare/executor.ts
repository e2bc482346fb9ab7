import { join } from "@std/path";
import { COMPARED_SIDE, type Comparison } from "../../shared/jobs/compare.ts";
import type { CompareSpec } from "../../shared/jobs/job.ts";
import { type ExecutionContext, type Executor, JobFailure, type Result } from "../lease/executor.ts";
import { factsOf, ffmpeg, input, inspect, type Inspection, MediaError, probe } from "../media/mod.ts";
import { compare, contrastOf, type Small, SMALL_BYTES } from "./likeness.ts";

/** Height of each picture in the one that shows all side by side, and the width that one has at most, pixels. */
const SHOWN_HEIGHT = 288;
const SHOWN_WIDTH = 1024;
/** Frames of a clip that are decoded at most, a quarter of an hour: a file may say that it has any number, and each takes 3 KB of memory. */
const MOST_FRAMES = 20_000;

/** Compares files: the `compare` capability of every agent with ffmpeg. */
export function createComparer(): Executor {
  return {
    async run(lease, context) {
      if (lease.spec.kind !== "compare") {
        throw new JobFailure("agent", `This machine was given "${lease.spec.kind}" where it compares.`);
      }
      try {
        return await compareAll(lease.spec, context);
      } catch (error) {
        if (context.signal.aborted) throw context.signal.reason;
        if (!(error instanceof MediaError)) throw error;
        throw new JobFailure(error.host ? "agent" : "invalid", error.message, {
          cause: error,
          detail: error.detail,
        });
      }
    },
  };
}

interface Read {
  name: string;
  it: Inspection;
  frames: Small[];
}

async function compareAll(spec: CompareSpec, context: ExecutionContext): Promise<Result> {
  const { folder, inputs, signal } = context;
  const names = spec.inputs.map(({ name }) => name);
  const read: Read[] = [];
  const unreadable: Record<string, string> = {};
  for (const [nth, name] of names.entries()) {
    context.progress({ stage: `Reading ${nth + 1} of ${names.length}`, progress: nth / (names.length + 1) });
    const path = inputs.get(name);
    if (!path) throw new JobFailure("agent", `The file "${name}" did not come with the job.`);
    try {
      const it = await inspect(path, { signal });
      // What an input is called is the gateway's to say, and no part of a path here.
      read.push({ name, it, frames: await smallFrames(it, join(folder, `small-${nth}.rgb`), signal) });
    } catch (error) {
      // What is no picture is like no other; that is a finding and no failure.
      if (!(error instanceof MediaError) || error.host) throw error;
      unreadable[name] = error.message.slice(0, 500);
    }
  }
  if (!read.length) {
    throw new JobFailure("invalid", `None of the files can be read: ${unreadable[names[0]!]}`);
  }
  context.progress({ stage: "Comparing", progress: names.length / (names.length + 1) });
  const smallOf = (name: string) => read.find((each) => each.name === name)?.frames ?? [];
  const comparison: Comparison = {
    unreadable,
    media: Object.fromEntries(
      read.map(({ name, it, frames }) => [name, { ...factsOf(it), frames: framesOf(it, frames) }]),
    ),
    contrast: Object.fromEntries(
      read.map(({ name, frames }) => [name, Math.max(...frames.map(contrastOf))]),
    ),
    pairs: names.flatMap((a, at) =>
      names.slice(at + 1).map((b) => ({ a, b, ...compare(smallOf(a), smallOf(b)) }))
    ),
  };
  const file = join(folder, "side_by_side.png");
  await sideBySide(read, file, signal);
  return { file, extension: "png", media: await probe(file, { signal }), made_with: { comparison } };
}

/** Those that there are, where the file says that there are more: a clip that breaks off has its head alone to be like another. */
function framesOf(it: Inspection, frames: readonly Small[]): number {
  return frames.length === MOST_FRAMES ? it.frames : Math.min(it.frames, frames.length);
}

/** Every frame, averaged down to a few pixels. Each once, whatever its time: a gap of hours in a file is no hours of frames. */
async function smallFrames(it: Inspection, to: string, signal: AbortSignal): Promise<Small[]> {
  const size = `scale=${COMPARED_SIDE}:${COMPARED_SIDE}:flags=area`;
  await ffmpeg([
    ...input(it.path, ["-f", it.demuxer]),
    ...["-map", "0:v:0", "-vf", `${size},format=rgb24,settb=1/25,setpts=N`, "-r", "25"],
    ...["-frames:v", String(MOST_FRAMES), "-f", "rawvideo", `file:${to}`],
  ], { signal });
  const bytes = await Deno.readFile(to);
  await Deno.remove(to);
  const frames = Array.from(
    { length: Math.floor(bytes.length / SMALL_BYTES) },
    (_, at) => bytes.subarray(at * SMALL_BYTES, (at + 1) * SMALL_BYTES),
  );
  if (!frames.length) throw new MediaError("The file holds no complete frame.");
  return frames;
}

/** What each shows at a third of its length, for whoever wants to see it themselves. */
async function sideBySide(read: readonly Read[], to: string, signal: AbortSignal): Promise<void> {
  const files = read.map(({ it }) => it);
  const shown = read.map(({ it, frames }, at) => {
    const width = Math.round((SHOWN_HEIGHT * it.width) / it.height);
    return `[${at}:v:0]trim=start_frame=${it.still ? 0 : Math.floor(frames.length / 3)},` +
      `scale=${
        Math.min(SHOWN_WIDTH, Math.max(2, width))
      }:${SHOWN_HEIGHT},setsar=1,format=rgb24,setpts=0[v${at}]`;
  });
  const all = files.map((_, at) => `[v${at}]`).join("");
  const together = files.length > 1 ? `hstack=inputs=${files.length}` : "null";
  await ffmpeg([
    ...files.flatMap((it) => input(it.path, ["-f", it.demuxer])),
    ...["-filter_complex", `${shown.join(";")};${all}${together}[out]`],
    ...[
      "-map",
      "[out]",
      "-frames:v",
      "1",
      "-map_metadata",
      "-1",
      "-f",
      "image2",
      "-update",
      "1",
      `file:${to}`,
    ],
  ], { signal });
}

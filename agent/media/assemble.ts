import {
  called,
  compileCut,
  type Cut,
  type CutTake,
  EdlError,
  parseEdl,
  type Piece,
  type Timeline,
} from "../../shared/edl/mod.ts";
import { FILM_FORMATS, type FilmFormat, RenderOptions } from "../../shared/jobs/film.ts";
import type { AssembleSpec } from "../../shared/jobs/job.ts";
import { RATES } from "../../shared/time/rate.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { type ExecutionContext, type Executor, JobFailure, type Result } from "../lease/executor.ts";
import { burnIn, checkBurnIn } from "./burn_in.ts";
import { deliveryEncoding } from "./deliver.ts";
import { AUDIO_RATE, rateText } from "./encoding.ts";
import { ffmpeg, type FfmpegOptions, FULL_DISK, input, MediaError } from "./ffmpeg.ts";
import { planPicture, renderStep, type Run, type Screen, type Shown, type Step } from "./picture.ts";
import { makePoster } from "./poster.ts";
import { factsOf, inspect, type Inspection } from "./probe.ts";
import { makeProxy } from "./proxy.ts";
import { laySound } from "./sound.ts";

interface Take extends CutTake {
  file: Inspection;
}

/** Shares of the whole that the stages take, roughly: encoding the film anew is most of the work. */
const COPIED = { picture: 0.75, sound: 0.8, joined: 0.88 };
const ENCODED = { picture: 0.4, sound: 0.44, joined: 0.92 };

/** Renders a film from its EDL: the `assemble` capability of every agent with ffmpeg. */
export const assembler: Executor = {
  async run(lease, context) {
    if (lease.spec.kind !== "assemble") {
      throw new JobFailure("agent", `This machine was given "${lease.spec.kind}" where it cuts films.`);
    }
    try {
      return await assemble(lease.spec, withTimeLeft(context));
    } catch (error) {
      throw context.signal.aborted ? context.signal.reason : asFailure(error);
    }
  },
};

async function assemble(spec: AssembleSpec, context: ExecutionContext): Promise<Result> {
  const { signal, folder } = context;
  const screen: Screen = { rate: RATES[spec.fps], width: spec.width, height: spec.height };
  const timeline = parseEdl(spec.edl, screen.rate);
  context.progress({ stage: "Reading the takes", progress: 0 });
  const cut = compileCut(timeline, await readTakes(spec, timeline, context));
  const work = `${folder}/cut`;
  // What an attempt that a crash ended has left would be added to.
  await Deno.remove(work, { recursive: true }).catch(() => {});
  await Deno.mkdir(work);

  const options = RenderOptions.parse(spec.options ?? {});
  const share = options.format === "mp4-h264" ? COPIED : ENCODED;
  if (options.burn_in) await checkBurnIn(screen, { signal });
  const burn = options.burn_in
    ? (piece: Piece<Take>, at: number) => burnIn(namesOf(piece), cut.start + at, screen, timeline.drop)
    : null;
  const { steps, copied } = await renderPicture(cut, screen, work, { context, share: share.picture, burn });
  context.progress({ stage: "Laying the sound", progress: share.picture });
  const heard = cut.sounds.filter(({ take }) => take.file.audio).map(({ take, ...rest }) => ({
    ...rest,
    file: take.file,
  }));
  await laySound(heard, cut.frames, screen.rate, `${work}/sound.pcm`, { signal });

  const { extension, label } = FILM_FORMATS[options.format];
  const film = `${folder}/film.${extension}`;
  const joining = options.format === "mp4-h264" ? "Joining picture and sound" : `Encoding ${label}`;
  context.progress({ stage: joining, progress: share.sound });
  await join(work, film, { cut, timeline, spec, screen, format: options.format }, {
    signal,
    onFrame: (frame) => context.progress(stage(joining, share.sound, share.joined, frame, cut.frames)),
  });
  const made = await inspect(film, { signal });
  if (made.frames !== cut.frames) {
    throw new JobFailure(
      "agent",
      `The film came out with ${made.frames} frames and its EDL adds up to ${cut.frames}; it was not kept.`,
    );
  }
  context.progress({ stage: "Making the preview", progress: share.joined });
  const poster = await makePoster(made, `${folder}/poster.jpg`, { signal });
  const proxy = await makeProxy(made, `${folder}/proxy.mp4`, {
    signal,
    onFrame: (frame) => context.progress(stage("Making the preview", share.joined, 1, frame, cut.frames)),
  });
  await Deno.remove(work, { recursive: true });
  return {
    ...{ file: film, extension, media: factsOf(made), poster, proxy },
    made_with: {
      edl: spec.edl_name,
      frames: cut.frames,
      frames_copied: copied,
      frames_encoded: cut.frames - copied,
      pieces: steps,
    },
  };
}

/** The takes that the list uses, as they are on disk. */
async function readTakes(spec: AssembleSpec, timeline: Timeline, context: ExecutionContext): Promise<Take[]> {
  const used = new Set(timeline.events.map((event) => event.reel.toUpperCase()));
  const unnamed = timeline.events.some((event) => !spec.inputs.some((it) => same(it.name, event.reel)));
  const takes: Take[] = [];
  for (const each of spec.inputs) {
    if (!unnamed && !used.has(each.name.toUpperCase())) continue;
    const path = context.inputs.get(each.name);
    const name = each.file_name.replace(/\.[A-Za-z0-9]{2,5}$/, "");
    if (!path) throw new JobFailure("agent", `The take "${name}" (reel ${each.name}) was not fetched.`);
    const file = await inspectTake(path, name, context.signal);
    if (!file.still && file.frames < each.frames) {
      throw new JobFailure(
        "invalid",
        `The take "${name}" has ${file.frames} frames where ${each.frames} were recorded: its file is cut off. Generate it again.`,
      );
    }
    const rate = RATES[spec.fps];
    const frames = file.rate
      ? Math.floor((file.frames * rate.num * file.rate.den) / (rate.den * file.rate.num))
      : 1;
    takes.push({
      ...{ reel: each.name, name, file, still: file.still, timecodeStart: each.timecode_start },
      frames: Math.max(1, frames),
    });
  }
  return takes;
}

async function inspectTake(path: string, name: string, signal: AbortSignal): Promise<Inspection> {
  try {
    return await inspect(path, { signal });
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new JobFailure(
      "invalid",
      `The take "${name}" cannot be used: ${cause.message} Generate it again.`,
      {
        cause,
        detail: cause.detail,
      },
    );
  }
}

interface Rendering {
  context: ExecutionContext;
  /** Share of the whole job. */
  share: number;
  /** What is drawn over a piece from frame `at` of the film on. */
  burn: ((piece: Piece<Take>, at: number) => string) | null;
}

async function renderPicture(cut: Cut<Take>, screen: Screen, work: string, rendering: Rendering) {
  const { context, share, burn } = rendering;
  const { signal } = context;
  const steps = await planPicture(cut.pieces.map(shownOf), screen, work, { signal, encode: burn !== null });
  let done = 0;
  for (const [index, step] of steps.entries()) {
    const label = `Cutting ${index + 1} of ${steps.length}: ${
      namesOf(cut.pieces[step.piece]!).join(" into ")
    }`;
    const tell = (frame: number) => context.progress(stage(label, 0, share, done + frame, cut.frames));
    tell(0);
    if (burn) step.over = burn(cut.pieces[step.piece]!, done);
    await renderExactly(step, cut.pieces[step.piece]!, screen, work, { signal, onFrame: tell });
    done += step.shown.frames;
  }
  const copied = steps.filter((step) => step.copy).reduce((sum, step) => sum + step.shown.frames, 0);
  return { steps: steps.length, copied };
}

async function renderExactly(
  step: Step,
  piece: Piece<Take>,
  screen: Screen,
  work: string,
  running: { signal: AbortSignal; onFrame: (frame: number) => void },
): Promise<void> {
  const { event } = piece.kind === "run" ? piece.source : piece.to;
  let frames: number;
  try {
    frames = await renderStep(step, screen, `${work}/picture.h264`, running);
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new JobFailure("invalid", `${called(event)} cannot be read: ${cause.message}`, {
      cause,
      detail: cause.detail,
    });
  }
  if (frames === step.shown.frames) return;
  throw new JobFailure(
    "invalid",
    `${
      called(event)
    } gave ${frames} of its ${step.shown.frames} frames: the take's file is damaged. Generate it again.`,
  );
}

function shownOf(piece: Piece<Take>): Shown {
  const run = (source: { take: Take | null; start: number }): Run => ({
    file: source.take?.file ?? null,
    start: source.start,
    frames: piece.frames,
  });
  return piece.kind === "run"
    ? run(piece.source)
    : { from: run(piece.from), to: run(piece.to), frames: piece.frames };
}

interface Joining {
  cut: Cut<Take>;
  timeline: Timeline;
  spec: AssembleSpec;
  screen: Screen;
  format: FilmFormat;
}

async function join(
  work: string,
  film: string,
  { cut, timeline, spec, screen, format }: Joining,
  running: FfmpegOptions,
): Promise<void> {
  const rate = rateText(screen.rate);
  await ffmpeg([
    // Raw H.264 has no times: -r counts them out exactly, where -framerate alone drifts at 23.976.
    ...input(`${work}/picture.h264`, ["-framerate", rate, "-r", rate, "-f", "h264"]),
    ...input(`${work}/sound.pcm`, ["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"]),
    ...["-map", "0:v:0", "-map", "1:a:0"],
    ...["-timecode", formatTimecode(cut.start, screen.rate, { drop: timeline.drop })],
    ...["-metadata", `title=${timeline.title || spec.name}`],
    ...deliveryEncoding(format, screen.rate),
    `file:${film}`,
  ], running);
  await Deno.remove(`${work}/picture.h264`);
}

/** Says with the progress how long the rest takes at this pace, once there is a pace. */
function withTimeLeft(context: ExecutionContext): ExecutionContext {
  const { folder, slot, inputs, signal } = context;
  const began = performance.now();
  return {
    ...{ folder, slot, inputs, signal, preview: (jpeg) => context.preview(jpeg) },
    progress(now) {
      const seconds = (performance.now() - began) / 1000;
      const left = now.progress > 0.05 ? { seconds_left: (seconds * (1 - now.progress)) / now.progress } : {};
      context.progress({ ...now, ...left });
    },
  };
}

function stage(label: string, from: number, to: number, frame: number, frames: number) {
  const done = Math.min(1, frame / frames);
  return { stage: label.slice(0, 200), progress: from + (to - from) * done };
}

function namesOf(piece: Piece<Take>): string[] {
  const sources = piece.kind === "run" ? [piece.source] : [piece.from, piece.to];
  return sources.map(({ take }) => take?.name ?? "black");
}

function same(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}

/** An EDL that can't be rendered stays so on every agent; a full disk or a missing tool is this machine's affair. */
function asFailure(error: unknown): unknown {
  if (error instanceof JobFailure) return error;
  if (error instanceof EdlError) return new JobFailure("invalid", error.message, { cause: error });
  if (error instanceof MediaError) {
    return new JobFailure("agent", error.message, { cause: error, detail: error.detail });
  }
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new JobFailure("agent", FULL_DISK, { cause: error });
  }
  return error;
}

import { compileCut, type Cut, EdlError, parseEdl, type Piece, type Timeline } from "../../shared/edl/mod.ts";
import { RenderOptions } from "../../shared/jobs/film.ts";
import type { AssembleSpec } from "../../shared/jobs/job.ts";
import { aspectOf } from "../../shared/time/aspect.ts";
import { RATES } from "../../shared/time/rate.ts";
import { type ExecutionContext, type Executor, JobFailure, type Result } from "../lease/executor.ts";
import { findFonts, FULL_DISK, MediaError, REMOVED } from "../media/mod.ts";
import { burnIn, watermark } from "./burn_in.ts";
import { NO_CACHE, type SegmentCache } from "./cache.ts";
import { codecOf } from "./codecs.ts";
import { credits } from "./credits.ts";
import { makeFilm } from "./film.ts";
import { ownSetup } from "./own_setup.ts";
import { namesOf } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { hardwareCodec } from "./hardware.ts";
import { makeStill } from "./still.ts";
import { readTakes, type Take } from "./take.ts";

export interface AssemblerOptions {
  /** Keeps what was rendered for the next film; by default nothing is kept. */
  cache?: SegmentCache;
  /** Processors to work on; by default those of this machine. */
  cores?: number;
  /** A card's encoder for a format, or null; by default the first that works here. */
  hardware?: typeof hardwareCodec;
}

/** What is rendered, ready to be: the list compiled, the takes read, the words that lie over the picture. */
export interface Film {
  spec: AssembleSpec;
  options: RenderOptions;
  timeline: Timeline;
  screen: Screen;
  cut: Cut<Take>;
  /** Frames of the list; what comes after are credits. */
  listed: number;
  /** Decoder setup of our own encoder for this film. */
  own: string;
  /** Words over a piece from frame `at` of the film on, for a picture of that size; absent: there are none. */
  over?: (screen: Screen) => (piece: Piece<Take>, at: number) => string;
  cache: SegmentCache;
  cores: number;
  hardware: typeof hardwareCodec;
  /** A folder for what is needed on the way. */
  work: string;
}

/** Renders a film from its EDL: the `assemble` capability of every agent with ffmpeg. */
export function createAssembler(options: AssemblerOptions = {}): Executor {
  return {
    async run(lease, context) {
      if (lease.spec.kind !== "assemble") {
        throw new JobFailure("agent", `This machine was given "${lease.spec.kind}" where it cuts films.`);
      }
      try {
        return await assemble(lease.spec, context, options);
      } catch (error) {
        throw context.signal.aborted ? context.signal.reason : asFailure(error);
      }
    },
  };
}

async function assemble(
  spec: AssembleSpec,
  context: ExecutionContext,
  { cache = NO_CACHE, cores = navigator.hardwareConcurrency, hardware = hardwareCodec }: AssemblerOptions,
): Promise<Result> {
  const { signal, folder } = context;
  const options = RenderOptions.parse(spec.options ?? {});
  const screen: Screen = {
    ...{ rate: RATES[spec.fps], width: spec.width, height: spec.height },
    aspect: aspectOf(spec.pixel_aspect ?? "1:1"),
  };
  const timeline = parseEdl(spec.edl, screen.rate);
  context.progress({ stage: "Reading the takes", progress: 0 });
  const work = `${folder}/cut`;
  // What an attempt that a crash ended has left would be added to.
  await Deno.remove(work, { recursive: true }).catch(() => {});
  await Deno.mkdir(work);
  try {
    return await render();
  } finally {
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }

  async function render(): Promise<Result> {
    const own = await ownSetup(screen, work, signal);
    const takes = await readTakes(spec, timeline, screen, own, context);
    const cut = compileCut(timeline, takes);
    const listed = cut.frames;
    const runs = codecOf(options.format) !== null;
    const rolled = spec.credits && runs ? appendCredits(cut, spec.credits.frames) : null;
    const over = await wordsOver({ spec, options, timeline, cut, rolled, listed });
    const film: Film = {
      ...{ spec, options, timeline, screen, cut, listed, own, cache, cores, hardware, work },
      ...(over ? { over } : {}),
    };
    return runs ? await makeFilm(film, context) : await makeStill(film, context);
  }
}

/** Black under the end titles, after all that the list has. */
function appendCredits(cut: Cut<Take>, frames: number): Piece<Take> {
  const last = cut.pieces.at(-1)!;
  const event = (last.kind === "run" ? last.source : last.to).event;
  const piece: Piece<Take> = { kind: "run", frames, source: { take: null, start: 0, event } };
  cut.pieces.push(piece);
  cut.frames += frames;
  return piece;
}

interface Words extends Pick<Film, "spec" | "options" | "timeline" | "cut" | "listed"> {
  rolled: Piece<Take> | null;
}

async function wordsOver({ spec, options, timeline, cut, rolled, listed }: Words): Promise<Film["over"]> {
  const { burn_in, watermark: mark } = options;
  // A contact sheet has its own words, beside the pictures.
  if (options.format === "contact-sheet" || (!burn_in && !mark && !rolled)) return undefined;
  const lines = spec.credits?.lines ?? [];
  const names = burn_in ? cut.pieces.flatMap(namesOf) : [];
  const fonts = await findFonts([...names, mark ?? "", ...lines].join(""));
  return (screen) => (piece, at) =>
    [
      piece === rolled ? credits(lines, { at: at - listed, frames: piece.frames }, screen, fonts) : "",
      burn_in
        ? burnIn(piece === rolled ? ["End titles"] : namesOf(piece), cut.start + at, screen, {
          drop: timeline.drop,
          fonts,
        })
        : "",
      mark ? watermark(mark, screen, fonts) : "",
    ].filter((words) => words !== "").join(",");
}

/** An EDL that can't be rendered stays so on every agent; a full disk or a missing tool is this machine's affair. */
function asFailure(error: unknown): unknown {
  if (error instanceof JobFailure) return error;
  if (error instanceof EdlError) return new JobFailure("invalid", error.message, { cause: error });
  if (error instanceof MediaError) {
    return new JobFailure("agent", error.message, { cause: error, detail: error.detail });
  }
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new JobFailure("agent", FULL_DISK, { cause: error, fault: "disk" });
  }
  if (error instanceof Deno.errors.NotFound) return new JobFailure("agent", REMOVED, { cause: error });
  return error;
}

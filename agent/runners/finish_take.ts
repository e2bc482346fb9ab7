import { join } from "@std/path";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { RATES } from "../../shared/time/rate.ts";
import { type ExecutionContext, JobFailure, type Result } from "../lease/executor.ts";
import {
  conform,
  factsOf,
  ffmpeg,
  input,
  inspect,
  type Inspection,
  makePoster,
  makeProxy,
  MediaError,
} from "../media/mod.ts";

export interface Made {
  spec: GenerateSpec;
  /** What the engine wrote. */
  made: string;
  extension: string;
  /** Share of the work that is done. */
  from: number;
}

/**
 * Makes a take of what an engine wrote: checked to be whole, a video brought to the project's rate with the take's
 * timecode, with poster and proxy.
 *
 * @throws {JobFailure} class `agent` when the file is empty, cut off or of another kind.
 */
export async function finishTake(
  { spec, made, extension, from }: Made,
  context: ExecutionContext,
): Promise<Omit<Result, "made_with">> {
  const { signal, folder } = context;
  const at = (share: number) => from + (1 - from) * share;
  try {
    context.progress({ stage: "Checking the take", progress: at(0.2) });
    const raw = await inspect(made, { signal });
    await checkWhole(raw, signal);
    if (raw.still !== (spec.output === "image")) {
      throw new JobFailure(
        "agent",
        `ComfyUI wrote ${raw.still ? "a picture" : "a video"}, not the ${spec.output} that was asked for.`,
      );
    }
    if (raw.still) {
      const poster = await makePoster(raw, join(folder, "poster.jpg"), { signal });
      context.preview(await Deno.readFile(poster));
      return { file: made, extension, media: factsOf(raw), poster };
    }
    context.progress({ stage: `Conforming to ${spec.fps} frames a second`, progress: at(0.4) });
    const file = await conform({
      from: raw,
      to: join(folder, "take.mp4"),
      rate: RATES[spec.fps],
      width: even(raw.width),
      height: even(raw.height),
      timecodeStart: spec.timecode_start,
      drop: spec.drop_frame ?? false,
      reel: spec.reel,
      title: spec.take.name,
    }, { signal });
    const take = await inspect(file, { signal });
    context.progress({ stage: "Making poster and proxy", progress: at(0.7) });
    const poster = await makePoster(take, join(folder, "poster.jpg"), { signal });
    const proxy = await makeProxy(take, join(folder, "proxy.mp4"), { signal });
    await Deno.remove(made);
    return { file, extension: "mp4", media: factsOf(take), poster, proxy };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    throw new JobFailure(
      "agent",
      error.host ? error.message : `What ComfyUI wrote is no complete ${spec.output}. ${error.message}`,
      { cause: error, detail: error.detail, ...(error.host ? {} : { fault: "output" as const }) },
    );
  }
}

/** Decodes every frame: the head of a file that is cut off looks like any other. */
async function checkWhole(it: Inspection, signal: AbortSignal): Promise<void> {
  try {
    await ffmpeg([
      ...["-xerror", "-err_detect", "explode"],
      ...input(it.path, ["-f", it.demuxer]),
      ...["-map", "0:v:0", "-f", "null", "-"],
    ], { signal });
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new MediaError("The file is cut off or damaged.", { cause, detail: cause.detail });
  }
}

function even(pixels: number): number {
  return Math.max(2, 2 * Math.floor(pixels / 2));
}

import { join } from "@std/path";
import { called } from "../../shared/edl/mod.ts";
import { JobFailure } from "../lease/executor.ts";
import { MediaError } from "../media/mod.ts";
import type { SegmentCache } from "./cache.ts";
import type { PictureCodec } from "./codecs.ts";
import { keyOf } from "./key.ts";
import type { Segment } from "./plan.ts";
import { inParallel } from "./pool.ts";
import type { Screen } from "./screen.ts";
import { encodeSegment } from "./segment.ts";

export interface PictureOptions {
  screen: Screen;
  codec: PictureCodec;
  /** A folder of this picture's own. */
  folder: string;
  cache: SegmentCache;
  /** Encoders at once, and threads of each. */
  workers: number;
  threads: number;
  signal: AbortSignal;
  /** Frames of a segment that are done, of its `frames`. */
  onFrame: (segment: Segment, frames: number) => void;
}

/** A segment and the file that holds it; null: the take itself does. */
export interface Rendered {
  segment: Segment;
  path: string | null;
  /** It was made for an earlier film. */
  kept: boolean;
}

/** Renders what must be, several segments at once, or takes it from the cache. In the order of the film. */
export async function renderPicture(
  segments: readonly Segment[],
  options: PictureOptions,
): Promise<Rendered[]> {
  await Deno.mkdir(options.folder, { recursive: true });
  return await inParallel(segments, options.workers, async (segment, signal, index) => {
    if (segment.copy) {
      options.onFrame(segment, segment.frames);
      return { segment, path: null, kept: false };
    }
    const path = join(options.folder, `${index}.${options.codec.holds}`);
    const key = await keyOf(segment, options.screen, options.codec);
    const kept = await options.cache.fetch(key, path);
    if (!kept) {
      await renderExactly(segment, path, { ...options, signal });
      await options.cache.keep(key, path);
    }
    options.onFrame(segment, segment.frames);
    return { segment, path, kept };
  }, options.signal);
}

async function renderExactly(segment: Segment, path: string, options: PictureOptions): Promise<void> {
  const { signal, onFrame } = options;
  const what = segment.event ? called(segment.event) : "The credits";
  let frames: number;
  try {
    frames = await encodeSegment(segment, options, path, {
      signal,
      onFrame: (frame) => onFrame(segment, Math.min(frame, segment.frames)),
    });
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new JobFailure("invalid", `${what} cannot be rendered: ${cause.message}`, {
      cause,
      detail: cause.detail,
    });
  }
  if (frames === segment.frames) return;
  throw new JobFailure(
    "invalid",
    `${what} gave ${frames} of its ${segment.frames} frames: the take's file is damaged. Generate it again.`,
  );
}

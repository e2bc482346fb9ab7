import { join } from "@std/path";
import { called } from "../../shared/edl/mod.ts";
import { JobFailure } from "../lease/executor.ts";
import { MediaError } from "../media/mod.ts";
import { batchesOf, encodeBatch } from "./batch.ts";
import type { SegmentCache } from "./cache.ts";
import { ANCHOR, type PictureCodec } from "./codecs.ts";
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

/** A segment and the file that holds it, which it may share with others that look the same; null: the take itself does. */
export interface Rendered {
  segment: Segment;
  path: string | null;
  /** It was made for an earlier film. */
  kept: boolean;
}

/** What is rendered once, for all segments that look so. */
interface Piece {
  segment: Segment;
  same: Segment[];
  key: string;
  path: string;
  kept: boolean;
}

/** Keys and pieces that are looked up at once. */
const LOOKS = 8;

/** Renders what must be, several pieces at once, or takes it from the cache. In the order of the film. */
export async function renderPicture(
  segments: readonly Segment[],
  options: PictureOptions,
): Promise<Rendered[]> {
  const { screen, codec, folder, cache, signal, onFrame } = options;
  await Deno.mkdir(folder, { recursive: true });
  const look = async (segment: Segment) =>
    segment.copy ? null : await keyOf(segment, screen, codecFor(segment, codec));
  const keys = await inParallel(segments, LOOKS, look, signal);
  const pieces = new Map<string, Piece>();
  for (const [index, segment] of segments.entries()) {
    const key = keys[index]!;
    if (key === null) onFrame(segment, segment.frames);
    else if (pieces.has(key)) pieces.get(key)!.same.push(segment);
    else {
      const path = join(folder, `${index}.${codec.holds}`);
      pieces.set(key, { segment, same: [segment], key, path, kept: false });
    }
  }
  const all = [...pieces.values()];
  await inParallel(all, LOOKS, async (piece) => {
    piece.kept = await cache.fetch(piece.key, piece.path);
    if (piece.kept) tell(piece, piece.segment.frames, options);
  }, signal);
  await encodePieces(all.filter(({ kept }) => !kept), options);
  return segments.map((segment, index) => {
    const piece = pieces.get(keys[index] ?? "");
    return { segment, path: piece?.path ?? null, kept: piece?.kept ?? false };
  });
}

function tell({ same }: Piece, frames: number, { onFrame }: PictureOptions): void {
  for (const segment of same) onFrame(segment, Math.min(frames, segment.frames));
}

async function encodePieces(pieces: readonly Piece[], options: PictureOptions): Promise<void> {
  const { screen, workers, folder, cache } = options;
  const units: Piece[][] = [];
  for (const [codec, alike] of Map.groupBy(pieces, ({ segment }) => codecFor(segment, options.codec))) {
    const { batches, single } = batchesOf(alike, { codec, screen, width: workers });
    // The longest first.
    units.push(...batches, ...single.map((piece) => [piece]));
  }
  // Where there are fewer than encoders, the threads of those that are not needed help.
  const threads = Math.max(1, Math.floor((options.threads * workers) / Math.min(workers, units.length)));
  await inParallel(units, workers, async (unit, signal, index) => {
    const running = { ...options, threads, codec: codecFor(unit[0]!.segment, options.codec), signal };
    const whole = join(folder, `batch-${index}.mp4`);
    const made = unit.length > 1 && await encodeBatch(unit, running, whole, {
      signal,
      onFrame: (frame) => tellBatch(unit, frame, options),
    });
    for (const piece of unit) {
      if (!made) await renderExactly(piece, running);
      await cache.keep(piece.key, piece.path);
      tell(piece, piece.segment.frames, options);
    }
  }, options.signal);
}

function codecFor({ anchor }: Segment, codec: PictureCodec): PictureCodec {
  return anchor ? ANCHOR : codec;
}

/** Frames of a batch are those of its pieces, one after another. */
function tellBatch(pieces: readonly Piece[], frames: number, options: PictureOptions): void {
  let left = frames;
  for (const piece of pieces) {
    if (left <= 0) return;
    tell(piece, left, options);
    left -= piece.segment.frames;
  }
}

async function renderExactly(piece: Piece, options: PictureOptions): Promise<void> {
  const { segment, path } = piece;
  const what = segment.event ? called(segment.event) : "The credits";
  let frames: number;
  try {
    frames = await encodeSegment(segment, options, path, {
      signal: options.signal,
      onFrame: (frame) => tell(piece, frame, options),
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

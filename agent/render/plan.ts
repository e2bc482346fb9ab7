import type { Cut, EdlEvent, Piece, Source } from "../../shared/edl/mod.ts";
import { nominalRate } from "../../shared/time/rate.ts";
import { type Feed, isStraight, laterFeed, longestOf } from "./feed.ts";
import type { Screen } from "./screen.ts";
import { isCopyable, type Take } from "./take.ts";

/** What a stretch of film shows. */
export type Shown =
  | { kind: "run"; feed: Feed }
  | { kind: "dissolve"; from: Feed; to: Feed; at: number; of: number }
  | { kind: "wipe"; pattern: number; from: Feed; to: Feed; at: number; of: number };

/** A stretch of film that is rendered at once, and kept as one. */
export interface Segment {
  /** Frame of the film that it begins with. */
  at: number;
  frames: number;
  shown: Shown;
  /**
   * Its bytes are those of the take from frame `from` on: nothing is decoded. `heads`: but for what each of its frames begins with, as
   * they follow a key frame of ours ({@link withAnchors}).
   */
  copy: { take: Take; from: number; heads?: readonly Uint8Array[] } | null;
  /** The take's own frames follow this one, and refer to it. */
  anchor?: true;
  /**
   * Its frames are those of the take from frame `from` on, encoded as the film is: they can be decoded from the take's packets,
   * behind those of other takes, and encoded in one stream with their frames ({@link encodeBatch}).
   */
  packets?: { take: Take; from: number };
  /** Filters over the finished picture: words of a review copy, credits. */
  over: string;
  /** Whose fault it is when it can't be read. */
  event: EdlEvent | null;
  /** Names of what it shows, for people. */
  names: string[];
}

export interface PlanOptions {
  /** Words over a piece; from frame `at` of the film on. */
  over?: (piece: Piece<Take>, at: number) => string;
  /** Takes with this decoder setup are copied; null: none. */
  setup: string | null;
}

/** Seconds of picture that are encoded at once: enough to make starting ffmpeg cheap, little enough to share out. */
const LONGEST_S = 8;

/**
 * Divides a film into segments that cover each of its frames once. A run of a take is copied from a key frame on when the take
 * is encoded as the film is; what comes before that key frame is encoded. Long runs are divided where the take's own
 * frames count, so that a trim at their head leaves the rest as it was.
 */
export function planSegments(cut: Cut<Take>, screen: Screen, options: PlanOptions): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const piece of cut.pieces) {
    const over = options.over?.(piece, at) ?? "";
    const base = { over, event: eventOf(piece), names: namesOf(piece) };
    const longest = nominalRate(screen.rate) * LONGEST_S;
    const add = (from: number, frames: number, copy: Segment["copy"], packets?: Segment["packets"]) =>
      segments.push({
        ...base,
        ...(packets ? { packets } : {}),
        ...{ at: at + from, frames, copy, shown: shownFrom(piece, from) },
        // The clock in the picture runs from the segment's first frame.
        over: from === 0 ? over : options.over?.(piece, at + from) ?? "",
      });
    const take = piece.kind === "run" ? piece.source.take : null;
    const copies = take && !over && piece.kind === "run" && isStraight(feedOf(piece.source), screen) &&
      options.setup !== null && isCopyable(take, screen, options.setup);
    if (copies) {
      const key = nextKey(take, piece.source.start, piece.frames);
      for (const [from, frames] of stretches(piece, 0, key, longest)) {
        add(from, frames, null, { take, from: piece.source.start + from });
      }
      if (key < piece.frames) add(key, piece.frames - key, { take, from: piece.source.start + key });
    } else {
      for (const [from, frames] of stretches(piece, 0, piece.frames, longest)) add(from, frames, null);
    }
    at += piece.frames;
  }
  return segments;
}

/** The setup that a film's takes can be copied with: theirs when all of it is copied, else the one that is encoded here. */
export function setupFor(cut: Cut<Take>, screen: Screen, own: string): string {
  const [first] = cut.pieces.flatMap((piece) =>
    piece.kind === "run" && piece.source.take ? [piece.source.take.setup] : []
  );
  if (!first || first === own) return own;
  return planSegments(cut, screen, { setup: first }).every((segment) => segment.copy) ? first : own;
}

function nextKey(take: Take, start: number, frames: number): number {
  let key = 0;
  while (key < frames && !take.file!.keyframes.has(start + key)) key++;
  return key;
}

/** Frames `from` to `to` of a piece, divided where the take's own frames are multiples of `longest`. */
function* stretches(
  piece: Piece<Take>,
  from: number,
  to: number,
  longest: number,
): Generator<[number, number]> {
  const feeds = piece.kind === "run" ? [feedOf(piece.source)] : [feedOf(piece.from), feedOf(piece.to)];
  const limit = Math.min(longest, ...feeds.map(longestOf));
  const start = piece.kind === "run" && piece.source.take && !piece.source.retime ? piece.source.start : 0;
  for (let at = from; at < to;) {
    const frames = Math.min(to - at, limit - ((start + at) % limit));
    // A few frames that are left over are not worth a process of their own.
    const rest = to - at - frames;
    const all = rest > 0 && rest < limit / 4 && limit === longest ? frames + rest : frames;
    yield [at, all];
    at += all;
  }
}

export function shownFrom(piece: Piece<Take>, by: number): Shown {
  if (piece.kind === "run") return { kind: "run", feed: laterFeed(feedOf(piece.source), by) };
  const mixed = {
    ...{ from: laterFeed(feedOf(piece.from), by), to: laterFeed(feedOf(piece.to), by) },
    ...{ at: by, of: piece.frames },
  };
  return piece.kind === "wipe"
    ? { kind: "wipe", pattern: piece.pattern, ...mixed }
    : { kind: "dissolve", ...mixed };
}

export function feedOf({ take, start, retime }: Source<Take>): Feed {
  return { file: take?.file ?? null, oid: take?.oid ?? "", start, retime };
}

export function sourcesOf(piece: Piece<Take>): Source<Take>[] {
  return piece.kind === "run" ? [piece.source] : [piece.from, piece.to];
}

export function namesOf(piece: Piece<Take>): string[] {
  return sourcesOf(piece).map(({ take }) => take?.name ?? "black");
}

export function eventOf(piece: Piece<Take>): EdlEvent {
  return (piece.kind === "run" ? piece.source : piece.to).event;
}

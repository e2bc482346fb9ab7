import {
  BLACK,
  clipOf,
  EdlError,
  type EdlEvent,
  hasPicture,
  hasSound,
  recordRange,
  type Timeline,
} from "./model.ts";
import { nominalRate } from "../time/rate.ts";
import { framesPerDay } from "../time/timecode.ts";
import { lineOf } from "./parse.ts";
import { baseName, stemOf } from "./profile.ts";

/** What cutting must know of a take. */
export interface CutTake {
  reel: string;
  /** File stem; events whose reel says nothing (AX) are found by it. */
  name: string;
  /** Frames it lasts at the film's rate; a still lasts as long as it is held. */
  frames: number;
  still: boolean;
  /** Timecode of its first frame, frames since midnight. */
  timecodeStart: number;
}

/** A run of frames from one place: a take from its frame `start` on, or black. */
export interface Source<T extends CutTake> {
  take: T | null;
  start: number;
  event: EdlEvent;
}
export type Piece<T extends CutTake> =
  | { kind: "run"; frames: number; source: Source<T> }
  /** The outgoing picture fades into the incoming one over all its frames. */
  | { kind: "dissolve"; frames: number; from: Source<T>; to: Source<T> };

/** Sound of `frames` frames of a take from `start`, heard from frame `at` of the film. */
export interface Sound<T extends CutTake> {
  take: T;
  start: number;
  at: number;
  frames: number;
  /** Frames over which it comes up, and goes down, mixed with what is there. */
  fade_in: number;
  fade_out: number;
}
export interface Cut<T extends CutTake> {
  frames: number;
  /** Record timecode of the first frame. */
  start: number;
  /** Without a gap, in the order of the film. */
  pieces: Piece<T>[];
  sounds: Sound<T>[];
}

/** Compiles a list to what must be rendered. Throws {@link EdlError} that names the event and its shot. */
export function compileCut<T extends CutTake>(timeline: Timeline, takes: readonly T[]): Cut<T> {
  const range = recordRange(timeline);
  if (range.out === range.in) {
    throw new EdlError("The list has no picture: none of its events shows a frame.");
  }
  const pictures = timeline.events.filter(hasPicture);
  const shown = pictures.filter((event) => event.record.out > event.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  const pieces: Piece<T>[] = [];
  let at = range.in;
  for (const [index, event] of shown.entries()) {
    if (event.record.in < at) throw overlap(shown[index - 1]!, event, at);
    if (event.record.in > at) pieces.push(blackRun(event.record.in - at, event));
    pieces.push(...piecesOf(event, pictures, timeline, takes));
    at = event.record.out;
  }
  return {
    frames: range.out - range.in,
    start: range.in,
    pieces,
    sounds: soundsOf(timeline, takes, range.in),
  };
}

function piecesOf<T extends CutTake>(
  event: EdlEvent,
  pictures: EdlEvent[],
  timeline: Timeline,
  takes: readonly T[],
): Piece<T>[] {
  const length = event.record.out - event.record.in;
  checkSpeed(event, timeline);
  const { transition } = event;
  if (transition.kind === "wipe" || transition.kind === "key") {
    throw new EdlError(
      `${
        called(event)
      } is a ${transition.kind}; cuts and dissolves are what can be rendered. Change it to C or D.`,
      lineOf(event),
    );
  }
  const to = sourceOf(event, event.source.in, length, timeline, takes);
  const mixed = mixedFrames(event);
  if (mixed === 0) return [{ kind: "run", frames: length, source: to }];
  if (mixed > length) {
    throw new EdlError(
      `${called(event)} dissolves for ${mixed} frames and lasts ${length}; shorten the dissolve.`,
      lineOf(event),
    );
  }
  const pieces: Piece<T>[] = [
    { kind: "dissolve", frames: mixed, from: outgoing(event, mixed, pictures, timeline, takes), to },
  ];
  if (length > mixed) {
    pieces.push({ kind: "run", frames: length - mixed, source: { ...to, start: to.start + mixed } });
  }
  return pieces;
}

/** What a dissolve leaves: the line before it that ends where it begins, running on past its own end; else black. */
function outgoing<T extends CutTake>(
  event: EdlEvent,
  frames: number,
  pictures: EdlEvent[],
  timeline: Timeline,
  takes: readonly T[],
): Source<T> {
  const before = pictures.slice(0, pictures.indexOf(event)).findLast((it) =>
    it.record.out === event.record.in
  );
  if (!before) return { take: null, start: 0, event };
  // The first line of a pair is named by the FROM CLIP NAME below the second.
  const clip = before.clip ?? (before.number === event.number ? event.clip : undefined);
  const named = clip === undefined ? before : { ...before, clip };
  return sourceOf(named, before.source.out, frames, timeline, takes, event);
}

function sourceOf<T extends CutTake>(
  event: EdlEvent,
  sourceIn: number,
  frames: number,
  timeline: Timeline,
  takes: readonly T[],
  dissolve?: EdlEvent,
): Source<T> {
  if (event.reel === BLACK) return { take: null, start: 0, event };
  const take = takeOf(event, takes);
  if (take.still) return { take, start: 0, event };
  const start = framesSince(take.timecodeStart, sourceIn, timeline);
  if (start < 0 || start + frames > take.frames) {
    const has = `the take has ${take.frames} frames, 0 to ${take.frames - 1}`;
    throw new EdlError(
      dissolve
        ? `${called(dissolve)} dissolves out of "${take.name}" over its frames ${start} to ${
          start + frames - 1
        }, and ${has}. ` +
          `Trim that shot or shorten the dissolve.`
        : `${called(event)} uses frames ${start} to ${start + frames - 1} of "${take.name}", and ${has}. ` +
          `Trim the shot to what there is, or make a longer take.`,
      lineOf(dissolve ?? event),
    );
  }
  return { take, start, event };
}

function takeOf<T extends CutTake>(event: EdlEvent, takes: readonly T[]): T {
  const found = takes.find((take) => take.reel === event.reel) ??
    takes.find((take) => take.reel.toUpperCase() === event.reel.toUpperCase()) ??
    takes.find((take) => take.name === stemOf(event.reel)) ??
    takes.find((take) => take.name === stemOf(baseName(clipOf(event))));
  if (found) return found;
  throw new EdlError(
    `${called(event)} uses reel "${event.reel}", which is none of the takes of this render ` +
      `(${takes.map((take) => take.reel).slice(0, 12).join(", ") || "there are none"}).`,
    lineOf(event),
  );
}

/** Frames from one time of day to another, the short way round midnight. */
export function framesSince(from: number, to: number, timeline: Timeline): number {
  const day = framesPerDay(timeline.rate, { drop: timeline.drop });
  const apart = (((to - from) % day) + day) % day;
  return apart > day / 2 ? apart - day : apart;
}

function checkSpeed(event: EdlEvent, timeline: Timeline): void {
  if (event.reel === BLACK) return;
  const normal = nominalRate(timeline.rate);
  const used = event.source.out - event.source.in;
  const length = event.record.out - event.record.in;
  if (used === length && (event.speed === undefined || Math.abs(event.speed - normal) <= 0.11)) return;
  throw new EdlError(
    `${called(event)} plays at ${
      event.speed ?? "another number of"
    } frames a second; only normal speed (${normal}) ` +
      `can be rendered. Take its M2 line out and make source and record as long as each other.`,
    lineOf(event),
  );
}

/** Sound events decide where there are any; else sound follows the picture, and crosses over with its dissolves. */
function soundsOf<T extends CutTake>(timeline: Timeline, takes: readonly T[], start: number): Sound<T>[] {
  const own = timeline.events.filter(hasSound);
  const pictures = timeline.events.filter(hasPicture);
  return (own.length ? own : pictures).flatMap((event) => {
    const frames = event.record.out - event.record.in;
    const mixed = own.length ? 0 : mixedFrames(event);
    const leaving = mixed && frames > 0 ? outgoing(event, mixed, pictures, timeline, takes) : null;
    const after = leaving && heard(leaving, event.record.in - start, mixed, { fade_in: 0, fade_out: mixed });
    if (frames === 0 || event.reel === BLACK) return after ?? [];
    const comes = sourceOf(event, event.source.in, frames, timeline, takes);
    return [
      ...(after ?? []),
      ...heard(comes, event.record.in - start, frames, { fade_in: mixed, fade_out: 0 }),
    ];
  });
}

function heard<T extends CutTake>(
  { take, start }: Source<T>,
  at: number,
  frames: number,
  fades: { fade_in: number; fade_out: number },
): Sound<T>[] {
  return take && !take.still ? [{ take, start, at, frames, ...fades }] : [];
}

function mixedFrames({ transition }: EdlEvent): number {
  return transition.kind === "dissolve" ? transition.frames : 0;
}

function blackRun<T extends CutTake>(frames: number, event: EdlEvent): Piece<T> {
  return { kind: "run", frames, source: { take: null, start: 0, event } };
}

function overlap(before: EdlEvent, event: EdlEvent, at: number): EdlError {
  return new EdlError(
    `${called(event)} begins ${at - event.record.in} frames before ${called(before)} ends on the film; ` +
      `one list holds one picture at a time.`,
    lineOf(event),
  );
}

/** "Event 003 (SHOT-020_v01_take01)" */
export function called(event: EdlEvent): string {
  return `Event ${String(event.number).padStart(3, "0")} (${clipOf(event)})`;
}

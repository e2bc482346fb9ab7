import { BLACK, clipOf, EdlError, type EdlEvent, hasPicture, recordRange, type Timeline } from "./model.ts";
import { framesPerDay } from "../time/timecode.ts";
import { lineOf } from "./parse.ts";
import { baseName, stemOf } from "./profile.ts";
import { frameOf, type Retime, speedOf } from "./retime.ts";
import { type Sound, soundsOf } from "./sounds.ts";
import { wipeOf, WIPES } from "./wipe.ts";

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
  /** A sound file: it has no picture, counts from 0 and is silent past its end. */
  audio?: boolean;
}

/** A run of frames from one place: a take from its frame `start` on, or black. {@link frameOf} says which frame is shown. */
export interface Source<T extends CutTake> {
  take: T | null;
  /** The take's frame that is shown first. */
  start: number;
  /** At another speed than normal. */
  retime?: Retime;
  event: EdlEvent;
}
export type Piece<T extends CutTake> =
  | { kind: "run"; frames: number; source: Source<T> }
  /** The outgoing picture fades into the incoming one over all its frames. */
  | { kind: "dissolve"; frames: number; from: Source<T>; to: Source<T> }
  /** The incoming picture is drawn over the outgoing one as {@link wipeOf} says. */
  | { kind: "wipe"; pattern: number; frames: number; from: Source<T>; to: Source<T> };

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
    sounds: soundsOf(timeline, takes, range),
  };
}

function piecesOf<T extends CutTake>(
  event: EdlEvent,
  pictures: EdlEvent[],
  timeline: Timeline,
  takes: readonly T[],
): Piece<T>[] {
  const length = event.record.out - event.record.in;
  checkTransition(event, length);
  const to = sourceOf(event, length, timeline, takes);
  if (to.take?.audio) {
    throw new EdlError(
      `${
        called(event)
      } is to be seen, and "${to.take.name}" is a sound file; give it the channel A2, A3 or A4.`,
      lineOf(event),
    );
  }
  const mixed = mixedFrames(event);
  if (mixed === 0) return [{ kind: "run", frames: length, source: to }];
  const from = outgoing(event, mixed, pictures, timeline, takes);
  const { transition } = event;
  const pieces: Piece<T>[] = [
    transition.kind === "wipe"
      ? { kind: "wipe", pattern: transition.pattern, frames: mixed, from, to }
      : { kind: "dissolve", frames: mixed, from, to },
  ];
  if (length > mixed) pieces.push({ kind: "run", frames: length - mixed, source: later(to, mixed) });
  return pieces;
}

function checkTransition(event: EdlEvent, length: number): void {
  const { transition } = event;
  if (transition.kind === "key") {
    throw new EdlError(
      `${called(event)} is a key; cuts, dissolves and wipes are what can be rendered. Change it to C or D.`,
      lineOf(event),
    );
  }
  if (transition.kind === "wipe" && !wipeOf(transition.pattern)) {
    throw new EdlError(
      `${called(event)} is wipe ${transition.pattern}, which is none of those that can be drawn ` +
        `(${WIPES.map((each) => each.pattern).join(", ")}). Change it to one of them or to D.`,
      lineOf(event),
    );
  }
  const mixed = mixedFrames(event);
  if (mixed <= length) return;
  const does = transition.kind === "wipe" ? "wipes" : "dissolves";
  throw new EdlError(
    `${called(event)} ${does} for ${mixed} frames and lasts ${length}; shorten the ${transition.kind}.`,
    lineOf(event),
  );
}

/** The run from its frame `by` on. */
function later<T extends CutTake>(source: Source<T>, by: number): Source<T> {
  if (!source.take || source.take.still) return source;
  const start = frameOf(source, by);
  const { retime } = source;
  return { ...source, start, ...(retime ? { retime: { ...retime, phase: retime.phase + by } } : {}) };
}

/** What a dissolve or wipe leaves: the line before it that ends where it begins, running on past its own end; else black. */
export function outgoing<T extends CutTake>(
  event: EdlEvent,
  frames: number,
  lines: readonly EdlEvent[],
  timeline: Timeline,
  takes: readonly T[],
): Source<T> {
  const earlier = lines.slice(0, lines.indexOf(event)).filter((it) => it.record.out === event.record.in);
  const before = earlier.at(-1);
  if (!before) return { take: null, start: 0, event };
  // The first line of a pair is named by the FROM CLIP NAME below the second.
  const clip = before.clip ?? (before.number === event.number ? event.clip : undefined);
  const named = clip === undefined ? before : { ...before, clip };
  // That line is no frames long: at what speed it runs on says the one that it ends.
  const shown = earlier.findLast((it) => it.record.out > it.record.in && it.reel === before.reel);
  const length = shown ? shown.record.out - shown.record.in : 0;
  if (shown && speedOf(shown, timeline.rate)) {
    return sourceOf({ ...named, ...spanOf(shown) }, frames, timeline, takes, {
      after: length,
      leaves: event,
    });
  }
  const { out } = before.source;
  const on = { ...named, source: { in: out, out: out + frames }, record: { in: 0, out: frames } };
  return sourceOf(on, frames, timeline, takes, { after: 0, leaves: event });
}

function spanOf({ source, record, speed }: EdlEvent) {
  return { source, record, ...(speed === undefined ? {} : { speed }) };
}

/**
 * Where `frames` frames of an event come from, from its frame `after` on. Throws {@link EdlError} when the take lacks them.
 */
export function sourceOf<T extends CutTake>(
  event: EdlEvent,
  frames: number,
  timeline: Timeline,
  takes: readonly T[],
  { after = 0, leaves }: { after?: number; leaves?: EdlEvent } = {},
): Source<T> {
  if (event.reel === BLACK) return { take: null, start: 0, event };
  const take = takeOf(event, takes);
  if (take.still) return { take, start: 0, event };
  const first = framesSince(take.timecodeStart, event.source.in, timeline);
  const speed = speedOf(event, timeline.rate);
  const retime: Retime | undefined = speed
    ? {
      base: speed.backwards ? framesSince(take.timecodeStart, event.source.out, timeline) - 1 : first,
      phase: after,
      num: speed.held ? 0 : speed.backwards ? -speed.used : speed.used,
      den: Math.max(1, event.record.out - event.record.in),
    }
    : undefined;
  const source: Source<T> = { take, event, start: first + after, ...(retime ? { retime } : {}) };
  if (retime) source.start = frameOf(source, 0);
  checkFrames(source, frames, take, leaves);
  return source;
}

function checkFrames<T extends CutTake>(
  source: Source<T>,
  frames: number,
  take: T,
  leaves: EdlEvent | undefined,
): void {
  if (take.audio || frames === 0) return;
  const ends = [frameOf(source, 0), frameOf(source, frames - 1)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (low >= 0 && high < take.frames) return;
  const has = `the take has ${take.frames} frames, 0 to ${take.frames - 1}`;
  const kind = leaves?.transition.kind;
  throw new EdlError(
    leaves
      ? `${called(leaves)} ${
        kind === "wipe" ? "wipes" : "dissolves"
      } out of "${take.name}" over its frames ${low} to ${high}, and ${has}. ` +
        `Trim that shot or shorten the ${kind}.`
      : `${called(source.event)} uses frames ${low} to ${high} of "${take.name}", and ${has}. ` +
        `Trim the shot to what there is, or make a longer take.`,
    lineOf(leaves ?? source.event),
  );
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

/** Frames of a dissolve or wipe into an event. */
export function mixedFrames({ transition }: EdlEvent): number {
  return transition.kind === "dissolve" || transition.kind === "wipe" ? transition.frames : 0;
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

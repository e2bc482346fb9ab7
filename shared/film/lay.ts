import type { NodeOf, Transition } from "../canvas/graph.ts";
import {
  BLACK,
  type EdlEvent,
  framesPerSecond,
  lengthAt,
  noteRemarks,
  type Range,
  RECORD_START_HOUR,
  soundRemarks,
  type Timeline,
  transitionLines,
} from "../edl/mod.ts";
import type { Rate } from "../time/rate.ts";
import { framesPerDay } from "../time/timecode.ts";
import { type Fault, filmFaults } from "./faults.ts";
import { trackEvents } from "./tracks.ts";

/** What a film must know of a take. */
export interface FilmTake {
  name: string;
  reel: string;
  kind: "image" | "video";
  oid: string;
  /** Timecode of its first frame, frames since midnight. */
  timecode_start: number;
  /** Frames it lasts at the film's rate. */
  frames: number;
}

/** What an assembler says of its film. */
export type FilmNode = Pick<NodeOf<"assembler">, "fade_in" | "fade_out" | "lead" | "sound" | "tracks">;

export interface FilmSources {
  title: string;
  rate: Rate;
  drop: boolean;
  /** In the order of the film. */
  shots: readonly NodeOf<"shot">[];
  /** The chosen take by the shot's node id. */
  takes: ReadonlyMap<string, FilmTake>;
  film: FilmNode;
}

/** A shot as the film uses it. */
export interface LaidShot {
  shot: NodeOf<"shot">;
  take: FilmTake;
  /** Frames of the take. */
  range: Range;
  /** Frames of the film. */
  length: number;
  /** Percent of normal. */
  speed: number;
}

/**
 * A film as a cut list: the chosen takes one after another from 01:00:00:00, each by its own timecode, within its trim and at its
 * speed; a transition begins at the cut, where the outgoing take runs on. With faults there are no events.
 */
export function layFilm(sources: FilmSources): { timeline: Timeline; faults: Fault[] } {
  const { title, rate, drop, film } = sources;
  const { laid, faults } = filmFaults(sources);
  const timeline: Timeline = { title, rate, drop, comments: [], events: [] };
  if (faults.length) return { timeline, faults };
  const start = (framesPerDay(rate, { drop }) / 24) * RECORD_START_HOUR;
  const laying: Laying = { timeline, film, at: start, number: 0 };
  if (film.lead) lay(black(laying, film.lead), undefined, laying);
  let into = film.fade_in ? dissolve(film.fade_in) : laid[0]?.shot.from_black;
  for (const [index, each] of laid.entries()) {
    const { shot, length } = each;
    lay(eventOf(each, laying), into, laying);
    laying.at += length;
    const last = index === laid.length - 1;
    into = last ? undefined : shot.transition;
    if (last && film.fade_out) fadeOut(film.fade_out, laying);
    if (!shot.gap) continue;
    if (last && film.fade_out) lengthen(shot.gap, laying);
    else lay(black(laying, shot.gap), into, laying);
    into = laid[index + 1]?.shot.from_black;
  }
  const sounds = trackEvents(film.tracks ?? [], start, timeline, laying.number);
  if (sounds.length) carrySound(timeline.events);
  timeline.events.push(...sounds);
  return { timeline, faults };
}

/** Where a list has sound of its own, pictures must say that they carry theirs. The lines of a transition say the same. */
function carrySound(events: readonly EdlEvent[]): void {
  for (const event of events.toReversed()) {
    const next = events[events.indexOf(event) + 1];
    const first = event.record.in === event.record.out && next?.number === event.number;
    const silent = event.reel === BLACK || event.comments.includes("AUDIO MUTE");
    event.channels = first ? next.channels : silent ? "V" : "B";
  }
}

interface Laying {
  timeline: Timeline;
  film: FilmNode;
  /** Where the next event begins. */
  at: number;
  number: number;
}

/** Adds an event with the transition into it. */
function lay(event: EdlEvent, into: Transition | undefined, { timeline }: Laying): void {
  const { events } = timeline;
  if (into) events.push(...transitionLines({ ...event, transition: { ...into } }, events.at(-1) ?? null));
  else events.push(event);
}

function eventOf({ shot, take, range, length, speed }: LaidShot, laying: Laying): EdlEvent {
  const { timeline, film, at } = laying;
  // A still has one frame and is held: its source timecode runs on under it.
  const still = take.kind === "image";
  const from = take.timecode_start + (still ? 0 : range.in);
  const event: EdlEvent = {
    number: ++laying.number,
    reel: take.reel,
    channels: "V",
    transition: { kind: "cut" },
    source: { in: from, out: from + (still ? length : range.out - range.in) },
    record: { in: at, out: at + length },
    clip: take.name,
    comments: [],
    ...(still || speed === 100 ? {} : { speed: framesPerSecond(speed, timeline.rate) }),
  };
  event.comments = [
    `SHOT: ${shot.shot}`,
    `LFS OID: sha256:${take.oid}`,
    ...(still ? [] : soundRemarks(heardAs(film, shot), event, timeline)),
    ...noteRemarks(shot.note),
  ];
  return event;
}

function heardAs(film: FilmNode, shot: NodeOf<"shot">): { level: number; muted: boolean } {
  return {
    level: (film.sound?.level ?? 0) + (shot.sound?.level ?? 0),
    muted: film.sound?.muted === true || shot.sound?.muted === true,
  };
}

function black(laying: Laying, frames: number): EdlEvent {
  const event: EdlEvent = {
    ...{ number: ++laying.number, reel: BLACK, channels: "V", transition: { kind: "cut" }, comments: [] },
    source: { in: 0, out: frames },
    record: { in: laying.at, out: laying.at + frames },
  };
  laying.at += frames;
  return event;
}

/** The last frames of the last shot are those that black comes over: the film gets no longer. */
function fadeOut(frames: number, laying: Laying): void {
  const last = laying.timeline.events.at(-1)!;
  const used = last.source.out - last.source.in;
  const length = last.record.out - last.record.in;
  last.record.out -= frames;
  // At another speed the frames that are left are those that it had in this time.
  last.source = shortened(last, length - frames, used, length);
  laying.at -= frames;
  lay(black(laying, frames), dissolve(frames), laying);
}

/** The source of the first `left` frames of an event, played as it was. */
function shortened({ source, speed }: EdlEvent, left: number, used: number, length: number): Range {
  const kept = speed === undefined || speed === 0 ? left : Math.max(1, Math.floor((used * left) / length));
  return speed !== undefined && speed < 0
    ? { in: source.out - kept, out: source.out }
    : { in: source.in, out: source.in + kept };
}

function lengthen(frames: number, laying: Laying): void {
  const last = laying.timeline.events.at(-1)!;
  last.record.out += frames;
  last.source.out += frames;
  laying.at += frames;
}

function dissolve(frames: number): Transition {
  return { kind: "dissolve", frames };
}

/** Frames of the take that the film shows. */
export function rangeOf(shot: NodeOf<"shot">, take: Pick<FilmTake, "kind" | "frames">): Range {
  const end = take.kind === "image" ? shot.duration : take.frames;
  return { in: shot.trim_in, out: shot.trim_out ?? end };
}

/** Frames of the film that a shot lasts with a take. */
export function lengthOf(shot: NodeOf<"shot">, take: Pick<FilmTake, "kind" | "frames">): number {
  const { in: first, out } = rangeOf(shot, take);
  return lengthAt(Math.max(0, out - first), take.kind === "image" ? 100 : shot.speed ?? 100);
}

import type { Rate } from "../time/rate.ts";

/** A cut list (CMX3600). Frames are whole numbers since midnight at the list's rate; out is the first frame not used. */
export interface Timeline {
  title: string;
  /** Not in the file: whoever reads it must know. */
  rate: Rate;
  /** Timecodes are written in drop-frame. */
  drop: boolean;
  /** Remarks before the first event. */
  comments: string[];
  events: EdlEvent[];
}

export interface Range {
  in: number;
  out: number;
}

export type Transition =
  | { kind: "cut" }
  | { kind: "dissolve"; frames: number }
  /** SMPTE wipe by its number, 1 for W001. */
  | { kind: "wipe"; pattern: number; frames: number }
  /** K the key itself, KB its background, KO key out. */
  | { kind: "key"; code: "K" | "KB" | "KO"; frames: number };

/** One line of the list. A transition is two of the same number: the outgoing picture, often no frames long, and the incoming. */
export interface EdlEvent {
  number: number;
  /** {@link BLACK} is no tape. */
  reel: string;
  /** V, A, A2, AA, B (sound and picture), AA/V, NONE. */
  channels: string;
  transition: Transition;
  source: Range;
  record: Range;
  /** `* FROM CLIP NAME:` and `* TO CLIP NAME:`, the full name of what the reel names in eight characters. */
  clip?: string;
  to_clip?: string;
  /** M2: played at this many frames a second, negative backwards, 0 held. */
  speed?: number;
  comments: string[];
}

export const BLACK = "BL";
/** Three digits number them; a transition's two lines share theirs. */
export const MAX_EVENTS = 999;
/** Lines that are read: lists by other programs number on with four digits. */
export const MAX_LINES = 10_000;
/** Where a film begins, by custom: 01:00:00:00. */
export const RECORD_START_HOUR = 1;

/** Events that carry picture. */
export function hasPicture(event: EdlEvent): boolean {
  return /^(V|B|.*\/V|V\/.*)\d*$/.test(event.channels);
}

/** Events that carry sound of their own. */
export function hasSound(event: EdlEvent): boolean {
  return /^(A|B)/.test(event.channels) || event.channels.includes("/A");
}

/** Name of the event's own picture, not of what it dissolves from; a list may give none. */
export function ownClip({ transition, clip, to_clip }: EdlEvent): string | undefined {
  return transition.kind === "cut" ? clip : to_clip ?? clip;
}

/** The name people know the event's picture by. */
export function clipOf(event: EdlEvent): string {
  return ownClip(event) ?? event.reel;
}

/** Frames of film that the list adds up to: from its first picture to the end of its last. */
export function recordRange(timeline: Timeline): Range {
  const pictures = timeline.events.filter(hasPicture);
  if (!pictures.length) return { in: 0, out: 0 };
  return {
    in: Math.min(...pictures.map((event) => event.record.in)),
    out: Math.max(...pictures.map((event) => event.record.out)),
  };
}

/** What is wrong with a list: where (a line of the file, counted from 1), what was expected and what was found. */
export class EdlError extends Error {
  override name = "EdlError";
  readonly line: number | null;
  constructor(message: string, line: number | null = null, options?: ErrorOptions) {
    super(line === null ? message : `Line ${line}: ${message}`, options);
    this.line = line;
  }
}

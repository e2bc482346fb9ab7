import {
  BLACK,
  type EdlEvent,
  framesPerSecond,
  noteRemarks,
  soundRemarks,
  stemOf,
  type Timeline,
  transitionLines,
} from "../edl/mod.ts";
import type { Rate } from "../time/rate.ts";
import { canDrop } from "../time/timecode.ts";
import { type Laid, laidOf, sourceOf } from "./laid.ts";
import { Clock } from "./clock.ts";
import { FcpxmlError, parseXml, type XmlElement } from "./xml.ts";

export interface FcpxmlRead {
  timeline: Timeline;
  /** Where each event was: `line 31`. */
  places: ReadonlyMap<EdlEvent, string>;
  /** What the file holds that a cut list cannot, as sentences. */
  left: string[];
}

/** A file of Final Cut is cut off here: what is longer is no film. */
const MOST_ITEMS = 20_000;

/**
 * Reads FCPXML (1.8 to 1.13) as a cut list at the project's rate: the first sequence, its main storyline as picture, connected
 * sound as channels. What else lies over it is listed in `left`. Throws {@link FcpxmlError} with the line, what was expected and
 * what was found.
 */
export function readFcpxml(text: string, rate: Rate): FcpxmlRead {
  const root = parseXml(text);
  if (root.name !== "fcpxml") {
    throw new FcpxmlError(`<fcpxml> was expected, found <${root.name}>.`, root.line);
  }
  const left: string[] = [];
  const { sequence, name } = sequenceOf(root, left);
  const spine = child(sequence, "spine");
  if (!spine) {
    throw new FcpxmlError("a <spine> with clips was expected in the sequence, found none.", sequence.line);
  }
  const clock = new Clock(root, sequence, rate);
  const items = laidOf(spine, clock, left);
  if (items.length > MOST_ITEMS) {
    throw new FcpxmlError(`at most ${MOST_ITEMS} clips are read, found ${items.length}.`, spine.line);
  }
  const drop = sequence.attributes.tcFormat === "DF" && canDrop(rate);
  const reading: Reading = { timeline: blank(name, rate, drop), clock, places: new Map(), left };
  const note = child(sequence, "note");
  if (note) reading.timeline.comments = note.text.split("\n").filter((line) => line.trim() !== "");
  pictures(items, reading);
  sounds(items, reading);
  const { events } = reading.timeline;
  if (!events.some((event) => event.reel !== BLACK)) {
    throw new FcpxmlError("at least one clip was expected in the main storyline, found none.", spine.line);
  }
  number(events);
  left.push(...clock.remarks());
  return { timeline: reading.timeline, places: reading.places, left };
}

interface Reading {
  timeline: Timeline;
  clock: Clock;
  places: Map<EdlEvent, string>;
  left: string[];
}

function blank(title: string, rate: Rate, drop: boolean): Timeline {
  return { title, rate, drop, comments: [], events: [] };
}

function sequenceOf(root: XmlElement, left: string[]): { sequence: XmlElement; name: string } {
  const projects = descendants(root, (it) => it.name === "project", "resources");
  const found = projects.flatMap((project) => {
    const sequence = child(project, "sequence");
    return sequence ? [{ sequence, name: project.attributes.name ?? "" }] : [];
  });
  if (!found.length) {
    throw new FcpxmlError(
      "a <project> with a <sequence> was expected, found none; export the project, not its clips.",
      root.line,
    );
  }
  if (found.length > 1) {
    left.push(`The file has ${found.length} projects; "${found[0]!.name}", the first, is read.`);
  }
  return found[0]!;
}

function pictures(items: readonly Laid[], reading: Reading): void {
  const { timeline } = reading;
  const heard = items.some((item) => item.sounds.length > 0);
  let last: EdlEvent | null = null;
  for (const item of items) {
    const event = item.black ? blackOf(item) : pictureOf(item, heard, reading);
    const { mix } = item;
    if (!event && !mix) {
      last = null;
      continue;
    }
    const shown: EdlEvent = event ?? blackOf(item)!;
    if (!mix) timeline.events.push(shown);
    else timeline.events.push(...transitionLines({ ...shown, transition: mix }, last));
    last = timeline.events.at(-1)!;
    reading.places.set(last, `line ${item.line}`);
  }
}

/** null for black that no event stands for: a gap. */
function blackOf(item: Laid): EdlEvent | null {
  if (item.black === "gap" && !item.mix) return null;
  return {
    ...{
      number: 0,
      reel: BLACK,
      channels: item.words.channels ?? "V",
      transition: { kind: "cut" },
      comments: [],
    },
    source: { in: 0, out: item.out - item.in },
    record: { in: item.in, out: item.out },
  };
}

function pictureOf(item: Laid, heard: boolean, { timeline, clock }: Reading): EdlEvent {
  const { words, sound } = item;
  const event = eventOf(item, words.channels ?? (heard && item.audible ? "B" : "V"), clock);
  const facts = words.remarks ?? [];
  const muted = sound.muted && (words.muted || words.channels === undefined);
  event.comments = [
    ...facts,
    ...soundRemarks({ ...sound, muted }, event, timeline),
    ...item.notes.flatMap(noteRemarks),
  ];
  return event;
}

function sounds(items: readonly Laid[], reading: Reading): void {
  const { timeline } = reading;
  const found = items.flatMap((item) => item.sounds);
  const events = found.map((item): EdlEvent => {
    const channel = item.lane < -1 && item.lane >= -9 ? `A${-item.lane}` : "A";
    const event = eventOf(item, item.words.channels ?? channel, reading.clock);
    event.comments = [...item.words.remarks ?? [], ...soundRemarks(item.sound, event, timeline)];
    reading.places.set(event, `line ${item.line}`);
    return event;
  });
  timeline.events.push(
    ...events.toSorted((a, b) =>
      a.channels === b.channels ? a.record.in - b.record.in : a.channels < b.channels ? -1 : 1
    ),
  );
}

function eventOf(item: Laid, channels: string, clock: Clock): EdlEvent {
  const { rate } = clock;
  const { words } = item;
  const { source, speed } = sourceOf(item, clock);
  const used = source.out - source.in;
  const length = item.out - item.in;
  const said = words.speed ??
    (speed === undefined
      ? undefined
      : speed === 0
      ? 0
      : Math.sign(speed) * framesPerSecond((used * 100) / length, rate));
  return {
    number: 0,
    reel: words.reel ?? reelOf(item),
    channels,
    transition: { kind: "cut" },
    source: { ...source },
    record: { in: item.in, out: item.out },
    ...(item.name === "" ? {} : { clip: item.name }),
    ...(said === undefined ? {} : { speed: said }),
    comments: [],
  };
}

/** What a file by another hand calls it: the media's file, else the clip. */
function reelOf(item: Laid): string {
  return (stemOf(item.file) || item.name || "AX").replace(/\s+/g, "_");
}

/** From 1; the two lines of a transition share theirs. */
function number(events: EdlEvent[]): void {
  let next = 0;
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    const paired = event.transition.kind !== "cut" && before && before.record.in === before.record.out;
    event.number = paired ? next : ++next;
  }
}

export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((it) => it.name === name);
}

function descendants(element: XmlElement, is: (it: XmlElement) => boolean, without: string): XmlElement[] {
  return element.children.flatMap((it) =>
    it.name === without ? [] : is(it) ? [it] : descendants(it, is, without)
  );
}

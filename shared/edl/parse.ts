import type { Rate } from "../time/rate.ts";
import { canDrop, framesPerDay, parseTimecode, TimecodeError } from "../time/timecode.ts";
import { EdlError, type EdlEvent, MAX_LINES, type Range, type Timeline, type Transition } from "./model.ts";

/**
 * Reads a CMX3600 list, also one that a person or another program wrote: any spacing and line ends, six-digit numbers,
 * long reels, remarks without a star, sound, dissolves, wipes, speed changes. Throws {@link EdlError} with the line,
 * what was expected there and what was found. The rate is not in the file, and FCM never chooses it.
 */
export function parseEdl(text: string, rate: Rate): Timeline {
  const state: State = { rate, drop: false, seen: null, named: [] };
  const timeline: Timeline = { title: "", rate, drop: false, comments: [], events: [] };
  text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = raw.trim();
    if (line !== "") readLine(line, index + 1, timeline, state);
  });
  timeline.drop = state.seen ?? false;
  if (!timeline.events.length) {
    throw new EdlError(
      `The list has no events; a line like "001  REEL0001 V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00" was expected.`,
    );
  }
  if (timeline.events.length > MAX_LINES) {
    throw new EdlError(`The list has ${timeline.events.length} lines of events; ${MAX_LINES} is the most.`);
  }
  readNamed(state, timeline);
  for (const event of timeline.events) checkDurations(event, lines.get(event)!);
  return timeline;
}

const lines = new WeakMap<EdlEvent, number>();

/** Line of the file, counted from 1, that an event was read from; null for one that {@link parseEdl} did not read. */
export function lineOf(event: EdlEvent): number | null {
  return lines.get(event) ?? null;
}

interface State {
  rate: Rate;
  /** How colons are counted from here on: FCM may recur. */
  drop: boolean;
  /** The list's own counting: what its first heading or timecode says. */
  seen: boolean | null;
  /** Speed changes whose name is no reel of their event. */
  named: { event: EdlEvent; name: string; speed: number; line: number }[];
}

function readLine(
  line: string,
  number: number,
  timeline: Timeline,
  state: State,
): void {
  const last = timeline.events.at(-1);
  const title = /^TITLE\s*:\s*(.*)$/i.exec(line);
  if (title && !last && timeline.title === "") {
    timeline.title = title[1]!.trim();
  } else if (/^FCM\s*:/i.test(line)) {
    readCounting(line, number, state);
  } else if (/^\d/.test(line)) {
    const event = readEvent(line, number, state);
    timeline.events.push(event);
    lines.set(event, number);
  } else if (/^M2\s/i.test(line)) {
    if (!last) throw new EdlError(`the speed change "${line}" comes before any event.`, number);
    readSpeed(line, number, state, timeline.events);
  } else {
    readRemark(line, last, timeline);
  }
}

function readCounting(line: string, number: number, state: State): void {
  const drop = /^FCM\s*:\s*DROP/i.test(line);
  if (!drop && !/^FCM\s*:\s*NON/i.test(line)) {
    throw new EdlError(`expected "FCM: NON-DROP FRAME" or "FCM: DROP FRAME", found "${line}".`, number);
  }
  if (drop && !canDrop(state.rate)) {
    throw new EdlError(
      `the list counts in drop-frame, which exists at 29.97 and 59.94 frames a second only; the project has ` +
        `${state.rate.num}/${state.rate.den}.`,
      number,
    );
  }
  state.drop = drop;
  state.seen ??= drop;
}

const TIMECODES = ["source in", "source out", "record in", "record out"] as const;

function readEvent(line: string, number: number, state: State): EdlEvent {
  const words = line.split(/\s+/);
  const [id, reel, channels, code] = words;
  if (!/^\d{1,6}$/.test(id!)) throw new EdlError(`expected an event number, found "${id}".`, number);
  if (words.length < 8) {
    throw new EdlError(
      `expected number, reel, channels, transition and four timecodes, found ${words.length} words in "${line}".`,
      number,
    );
  }
  const { transition, rest } = readTransition(code!.toUpperCase(), words.slice(4), number);
  if (rest.length !== 4) {
    throw new EdlError(
      `expected four timecodes after the transition, found ${rest.length}: "${rest.join(" ")}".`,
      number,
    );
  }
  const frames = rest.map((text, i) => readTimecode(text, TIMECODES[i]!, number, state));
  return {
    number: Number(id),
    reel: reel!.toUpperCase() === "BLACK" ? "BL" : reel!,
    channels: readChannels(channels!, number),
    transition,
    source: range(frames[0]!, frames[1]!, state),
    record: range(frames[2]!, frames[3]!, state),
    comments: [],
  };
}

function readChannels(text: string, number: number): string {
  const channels = text.toUpperCase();
  if (/^(V\d?|A\d*|AA|B|NONE|(?:AA?\d*|A\d)\/V|V\/A\d*|A\d?V)$/.test(channels)) return channels;
  throw new EdlError(`expected channels like V, A, A2, AA, B or AA/V, found "${text}".`, number);
}

function readTransition(
  code: string,
  rest: string[],
  line: number,
): { transition: Transition; rest: string[] } {
  if (code === "C") return { transition: { kind: "cut" }, rest };
  const wipe = /^W(\d{1,3})$/.exec(code);
  if (code !== "D" && !wipe && !/^K[BO]?$/.test(code)) {
    throw new EdlError(`expected a transition C, D, W001, K, KB or KO, found "${code}".`, line);
  }
  const counted = /^\d{1,3}$/.test(rest[0] ?? "");
  // A key's background line has no length of its own in many lists.
  if (!counted && !code.startsWith("K")) {
    throw new EdlError(
      `expected the frames of the transition ${code}, found "${rest[0] ?? "nothing"}".`,
      line,
    );
  }
  const frames = counted ? Number(rest[0]) : 0;
  const after = counted ? rest.slice(1) : rest;
  if (code === "D") return { transition: { kind: "dissolve", frames }, rest: after };
  if (wipe) return { transition: { kind: "wipe", pattern: Number(wipe[1]), frames }, rest: after };
  return { transition: { kind: "key", code: code as "K" | "KB" | "KO", frames }, rest: after };
}

function readTimecode(text: string, what: string, line: number, state: State): number {
  try {
    const frame = parseTimecode(text, state.rate, { drop: state.drop });
    if (/[;.,]\d+$/.test(text)) state.seen ??= true;
    return frame;
  } catch (cause) {
    if (!(cause instanceof TimecodeError)) throw cause;
    throw new EdlError(`expected a timecode for the ${what}: ${cause.message}`, line, { cause });
  }
}

/** Out before in has passed midnight. */
function range(start: number, end: number, state: State): Range {
  return { in: start, out: end < start ? end + framesPerDay(state.rate, { drop: state.drop }) : end };
}

function readSpeed(line: string, number: number, state: State, events: EdlEvent[]): void {
  // Word by word: one pattern for the whole line tries every way of sharing out a long run of spaces.
  const words = line.split(/\s+/).slice(1);
  const isSpeed = (word: string | undefined) => /^[+-]?\d+(?:\.\d+)?$/.test(word ?? "");
  const timecode = words.length > 2 && isSpeed(words.at(-2)) && /^[\d:;.,]+$/.test(words.at(-1)!)
    ? words.pop()
    : undefined;
  const speed = words.pop();
  const reel = words.join(" ");
  if (!isSpeed(speed) || reel === "") {
    throw new EdlError(`expected "M2 reel frames-per-second timecode", found "${line}".`, number);
  }
  if (timecode !== undefined) readTimecode(timecode, "speed change", number, state);
  const newest = events.at(-1)!.number;
  // Of the lines of one transition, the one whose reel it names.
  const event = events.findLast((it) => it.number === newest && it.reel === reel);
  // OpenTimelineIO names the clip there, which stands in a remark that comes later.
  if (event) event.speed = Number(speed);
  else state.named.push({ event: events.at(-1)!, name: reel, speed: Number(speed), line: number });
}

/** Speed changes that named no reel must have named a clip: of a transition, that which leaves or that which comes. */
function readNamed({ named }: State, { events }: Timeline): void {
  const same = (clip: string | undefined, name: string) => clip?.replace(/\s+/g, " ") === name;
  for (const { event, name, speed, line } of named) {
    const { transition, clip, to_clip } = event;
    if (same(transition.kind === "cut" ? clip : to_clip, name)) event.speed = speed;
    else if (same(clip, name)) {
      const leaves = events[events.indexOf(event) - 1];
      if (leaves?.number === event.number) leaves.speed = speed;
    } else {
      throw new EdlError(
        `the speed change names reel "${name}"; event ${event.number} has "${event.reel}".`,
        line,
      );
    }
  }
}

/** Everything else is for people; the two clip names are for us too. */
function readRemark(line: string, last: EdlEvent | undefined, timeline: Timeline): void {
  const text = line.replace(/^\*\s*/, "");
  const name = /^(FROM|TO) CLIP NAME\s*:\s*(.*)$/i.exec(text);
  const key = name?.[1]?.toUpperCase() === "FROM" ? "clip" : "to_clip";
  if (last && name && last[key] === undefined) last[key] = name[2]!.trim();
  else (last?.comments ?? timeline.comments).push(text);
}

function checkDurations({ source, record, speed, number, reel }: EdlEvent, line: number): void {
  const used = source.out - source.in;
  const shown = record.out - record.in;
  if (used === shown || speed !== undefined || reel === "BL") return;
  throw new EdlError(
    `event ${number} takes ${used} frames of ${reel} for ${shown} frames of film; they must be as many, or an M2 line must say the speed.`,
    line,
  );
}

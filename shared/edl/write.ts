import { formatTimecode } from "../time/timecode.ts";
import { EdlError, type EdlEvent, MAX_EVENTS, type Timeline } from "./model.ts";
import { type EdlProfile, namingOf } from "./profile.ts";

/** Longest title that every reader takes, characters. */
const TITLE_LENGTH = 70;

export interface WriteOptions {
  /** Whose list it is. @default "cmx" */
  profile?: EdlProfile;
  /** File name of a clip, for the profiles that name files. @default the clip's own name */
  fileOf?: (clip: string) => string;
}

/**
 * A timeline as CMX3600 text: a heading that names the counting, full names in `* FROM CLIP NAME:`; what reels and clips
 * are called is the profile's affair, and in `cmx` a reel has at most eight characters. Throws {@link EdlError} for what
 * the format cannot say.
 */
export function writeEdl(timeline: Timeline, options: WriteOptions = {}): string {
  const count = new Set(timeline.events.map((event) => event.number)).size;
  if (count > MAX_EVENTS) {
    throw new EdlError(
      `A CMX3600 list holds at most ${MAX_EVENTS} events and this film has ${count}; render it in parts.`,
    );
  }
  const lines = [
    `TITLE: ${Array.from(oneLine(timeline.title)).slice(0, TITLE_LENGTH).join("").trim()}`,
    `FCM: ${timeline.drop ? "DROP FRAME" : "NON-DROP FRAME"}`,
    ...timeline.comments.map(comment),
  ];
  const { profile = "cmx", fileOf = (clip) => clip } = options;
  timeline.events.forEach((event, index) => {
    const next = timeline.events[index + 1];
    const partner = next?.number === event.number ? next : undefined;
    const named = { ...event, ...namingOf(event, partner, profile, fileOf) };
    lines.push(...eventLines(named, timeline, profile));
  });
  return lines.map((line) => line.trimEnd()).join("\n") + "\n";
}

function eventLines(event: EdlEvent, timeline: Timeline, profile: EdlProfile): string[] {
  const tc = (frame: number) => formatTimecode(frame, timeline.rate, { drop: timeline.drop });
  if (!(profile === "resolve" ? /^\S+$/ : /^\S{1,8}$/).test(event.reel)) {
    throw new EdlError(
      `Reel "${event.reel}" of event ${event.number} must be 1 to 8 characters without spaces.`,
    );
  }
  if (event.number < 0 || event.number > MAX_EVENTS) {
    throw new EdlError(`Event number ${event.number} does not fit in three digits.`);
  }
  const { source, record } = event;
  const lines = [
    `${digits(event.number)}  ${event.reel.padEnd(8)} ${event.channels.padEnd(5)} ${transition(event)} ` +
    [source.in, source.out, record.in, record.out].map(tc).join(" "),
  ];
  if (event.speed !== undefined) {
    lines.push(`M2   ${event.reel.padEnd(8)}       ${speed(event.speed)}                ${tc(source.in)}`);
  }
  if (event.clip !== undefined) lines.push(`* FROM CLIP NAME:  ${oneLine(event.clip)}`);
  if (event.to_clip !== undefined) lines.push(`* TO CLIP NAME:  ${oneLine(event.to_clip)}`);
  return [...lines, ...event.comments.map(comment)];
}

/** Eight columns. */
function transition({ transition, number }: EdlEvent): string {
  if (transition.kind === "cut") return "C".padEnd(8);
  if (transition.frames < 0 || transition.frames > 999) {
    throw new EdlError(
      `The transition of event ${number} is ${transition.frames} frames long; 999 is the most.`,
    );
  }
  const code = {
    dissolve: () => "D",
    wipe: (t: typeof transition) => `W${digits(t.kind === "wipe" ? t.pattern : 0)}`,
    key: (t: typeof transition) => t.kind === "key" ? t.code : "K",
  }[transition.kind](transition);
  return `${code.padEnd(4)} ${digits(transition.frames)}`;
}

function speed(framesPerSecond: number): string {
  const sign = framesPerSecond < 0 ? "-" : "";
  return sign + Math.abs(framesPerSecond).toFixed(1).padStart(5, "0");
}

function digits(value: number): string {
  return String(value).padStart(3, "0");
}

function comment(text: string): string {
  return `* ${oneLine(text)}`;
}

/** A line break in a name must not begin an event. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

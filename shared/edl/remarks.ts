import { formatTimecode } from "../time/timecode.ts";
import type { EdlEvent, Timeline } from "./model.ts";

/**
 * What a CMX3600 event cannot say stands in remarks below it, one line each, that {@link parseEdl} keeps in `comments`:
 *
 *     * SHOT: SHOT-010                                          the canvas's name of it
 *     * LFS OID: sha256:…                                       the file's content
 *     * FILE: 01_Assets/Audio/Theme.wav                         a sound file's path in the repository
 *     * AUDIO LEVEL AT 01:00:00:00 IS -6.50 DB  (REEL X A2)     as Premiere and Final Cut 7 write it; the first one counts
 *     * AUDIO MUTE                                              the event's own sound is not heard
 *     * AUDIO FADE IN: 024                                      frames from its beginning, to its end
 *     * AUDIO FADE OUT: 048
 *     * NOTE: words of a person                                 one for each line of a shot's note
 */
export interface EventSound {
  /** Decibels. */
  level: number;
  muted: boolean;
  /** Frames. */
  fade_in: number;
  fade_out: number;
}

const LEVEL = /^AUDIO LEVEL AT \S+ IS\s+([+-]?\d+(?:\.\d+)?|-INF)\s*DB/i;
const FADE = /^AUDIO FADE (IN|OUT):\s*(\d{1,8})\s*(?:FRAMES?)?$/i;
const MUTE = /^AUDIO MUTE$/i;
const NOTE = /^NOTE:\s*/i;
/** Decibels below which nothing is heard. */
export const SILENCE = -96;

/** The sound of an event, as its remarks say. */
export function soundOf({ comments }: Pick<EdlEvent, "comments">): EventSound {
  const sound: EventSound = { level: 0, muted: false, fade_in: 0, fade_out: 0 };
  let told = false;
  for (const text of comments) {
    const level = LEVEL.exec(text);
    if (level && !told) {
      told = true;
      sound.level = /INF/i.test(level[1]!) ? SILENCE : Math.max(SILENCE, Math.min(24, Number(level[1])));
    }
    const fade = FADE.exec(text);
    if (fade) sound[fade[1]!.toUpperCase() === "IN" ? "fade_in" : "fade_out"] = Number(fade[2]);
    if (MUTE.test(text)) sound.muted = true;
  }
  return sound;
}

/** Remarks that say it; what is as usual needs none. */
export function soundRemarks(
  sound: Partial<EventSound>,
  event: Pick<EdlEvent, "reel" | "channels" | "record">,
  timeline: Pick<Timeline, "rate" | "drop">,
): string[] {
  const { level = 0, muted = false, fade_in = 0, fade_out = 0 } = sound;
  const at = formatTimecode(event.record.in, timeline.rate, { drop: timeline.drop });
  const channel = event.channels.startsWith("A") ? event.channels : "A";
  const digits = (frames: number) => String(frames).padStart(3, "0");
  return [
    ...(level === 0 ? [] : [
      `AUDIO LEVEL AT ${at} IS ${level < 0 ? "-" : "+"}${
        Math.abs(level).toFixed(2)
      } DB  (REEL ${event.reel} ${channel === "A" ? "A1" : channel})`,
    ]),
    ...(muted ? ["AUDIO MUTE"] : []),
    ...(fade_in ? [`AUDIO FADE IN: ${digits(fade_in)}`] : []),
    ...(fade_out ? [`AUDIO FADE OUT: ${digits(fade_out)}`] : []),
  ];
}

/** What a person wrote to the shot, lines joined; "" when nothing. */
export function noteOf({ comments }: Pick<EdlEvent, "comments">): string {
  return comments.filter((text) => NOTE.test(text)).map((text) => text.replace(NOTE, "")).join("\n");
}

export function noteRemarks(note: string | undefined): string[] {
  return (note ?? "").split(/\r\n|\r|\n/).map((line) => line.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim())
    .filter((line) => line !== "")
    .map((line) => `NOTE: ${line}`);
}

/** The value of `* KEY: value`, the first one. */
export function remarkOf({ comments }: Pick<EdlEvent, "comments">, key: string): string | undefined {
  const start = `${key.toUpperCase()}:`;
  const found = comments.find((text) => text.toUpperCase().startsWith(start));
  return found?.slice(start.length).trim();
}

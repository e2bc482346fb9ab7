import { baseName, BLACK, type EdlEvent, stemOf, type Timeline, transitionLines } from "../edl/mod.ts";
import { nominalRate, type Rate } from "../time/rate.ts";
import { canDrop } from "../time/timecode.ts";
import {
  OtioError,
  type OtioItem,
  OtioTimeline,
  type OtioTrack,
  type Time,
  TimeRange,
  wordsOf,
} from "./model.ts";
import type { z } from "zod";

/** Half a year of frames: what lies beyond is no time of a film. */
const MOST_FRAMES = 1_000_000_000;

export interface OtioRead {
  timeline: Timeline;
  /** Where each event was: `item 3 of track "V1"`. */
  places: ReadonlyMap<EdlEvent, string>;
  /** What the file holds that a cut list cannot, as sentences. */
  left: string[];
}

/**
 * Reads OpenTimelineIO JSON as a cut list at the project's rate. The first picture track with clips is the film; other
 * picture tracks are listed in `left`. Throws {@link OtioError} with the place, what was expected and what was found.
 */
export function readOtio(text: string, rate: Rate): OtioRead {
  const file = parseFile(text);
  const words = wordsOf(file.metadata);
  const reading: Reading = {
    rate,
    start: file.global_start_time ? frames(file.global_start_time, rate) : 0,
    places: new Map(),
    left: [],
    other: new Set(),
  };
  const tracks = file.tracks.children.filter((track) => track.enabled !== false);
  const picture = tracks.find((track) => track.kind === "Video" && track.children.some(isClip));
  const events = picture ? trackEvents(picture, "V", reading) : [];
  let sound = 0;
  for (const track of tracks) {
    if (track === picture || !track.children.some(isClip)) continue;
    if (track.kind === "Audio") {
      sound++;
      events.push(...trackEvents(track, sound === 1 ? "A" : `A${sound}`, reading));
    } else {
      const clips = track.children.filter(isClip).length;
      reading.left.push(
        `Track "${track.name}" with ${clips} ${clips === 1 ? "clip" : "clips"} is not read: ` +
          `a cut list has one picture track.`,
      );
    }
  }
  if (!events.length) {
    throw new OtioError("The timeline has no clips; at least one track with a clip was expected.");
  }
  for (const each of reading.other) {
    reading.left.push(
      `Times at ${each} frames a second were brought to ${rate.num}/${rate.den} by the clock.`,
    );
  }
  number(events);
  const timeline: Timeline = {
    title: file.name,
    rate,
    drop: words.drop === true && canDrop(rate),
    comments: words.comments ?? [],
    events,
  };
  return { timeline, places: reading.places, left: reading.left };
}

interface Reading {
  rate: Rate;
  start: number;
  places: Map<EdlEvent, string>;
  left: string[];
  /** Rates met that are not the project's. */
  other: Set<number>;
}

function parseFile(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OtioError("The file is no OpenTimelineIO timeline: it is not JSON.", { cause });
  }
  const file = OtioTimeline.safeParse(json);
  if (file.success) return file.data;
  const issue = file.error.issues[0]!;
  const schema = (json as { OTIO_SCHEMA?: unknown } | null)?.OTIO_SCHEMA;
  const path = issue.path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
  throw new OtioError(
    path === ".OTIO_SCHEMA" || schema === undefined
      ? `The file is no OpenTimelineIO timeline: "OTIO_SCHEMA": "Timeline.1" was expected at its top, found ${
        JSON.stringify(schema ?? null)
      }.`
      : `The timeline is not as OpenTimelineIO writes it at ${path.slice(1)}: ${issue.message}.`,
  );
}

interface Laid {
  item: OtioItem;
  place: string;
  /** The transition into it. */
  before: OtioItem | null;
  record: { in: number; out: number };
}

function trackEvents(track: OtioTrack, named: string, reading: Reading): EdlEvent[] {
  const channels = wordsOf(track.metadata).channels ?? named;
  const laid = layItems(track, reading);
  const events: EdlEvent[] = [];
  let last: EdlEvent | null = null;
  for (const each of laid) {
    const event = eventOf(each, channels, reading);
    const into = each.before ? transitionOf(each.before, each.place, reading) : null;
    if (!event && !into) {
      last = null;
      continue;
    }
    const shown = event ?? blackOf(each, channels);
    // The dissolve begins before the cut: what it leaves ends there, and it begins earlier in its own source.
    const early = into?.early ?? 0;
    shown.source.in -= shown.reel === BLACK ? 0 : early;
    shown.record.in -= early;
    if (shown.reel === BLACK) shown.source.out = shown.record.out - shown.record.in;
    if (last) {
      if (early > last.record.out - last.record.in) {
        throw new OtioError(
          `The transition before ${each.place} begins ${early} frames before the cut, and what it leaves lasts ${
            last.record.out - last.record.in
          }.`,
        );
      }
      last.source.out -= early;
      last.record.out -= early;
    }
    if (!into) events.push(shown);
    else events.push(...transitionLines({ ...shown, transition: into.transition }, last));
    last = events.at(-1)!;
    reading.places.set(last, each.place);
  }
  return events;
}

function layItems(track: OtioTrack, reading: Reading): Laid[] {
  const laid: Laid[] = [];
  let at = reading.start;
  let before: OtioItem | null = null;
  for (const [index, item] of track.children.entries()) {
    const place = `item ${index + 1} of track "${track.name}"`;
    const kind = item.OTIO_SCHEMA.split(".")[0]!;
    if (kind === "Transition") {
      if (before) throw new OtioError(`At ${place}: a clip or gap was expected, found a second transition.`);
      before = item;
      continue;
    }
    if (kind !== "Clip" && kind !== "Gap") {
      throw new OtioError(
        `At ${place}: a clip, gap or transition was expected, found ${kind} "${item.name}"; ` +
          `flatten nested sequences before you export.`,
      );
    }
    const length = frames(rangeOf(item, place).duration, reading.rate, reading);
    if (length < 0) throw new OtioError(`At ${place}: a duration was expected, found ${length} frames.`);
    if (length > 0) laid.push({ item, place, before, record: { in: at, out: at + length } });
    at += length;
    before = null;
  }
  if (before) {
    reading.left.push(`The transition at the end of track "${track.name}" leads nowhere and is left out.`);
  }
  return laid;
}

/** null for a gap: nothing of it is in a cut list but its length. */
function eventOf(laid: Laid, channels: string, reading: Reading): EdlEvent | null {
  const { item, place, record } = laid;
  const words = wordsOf(item.metadata);
  if (item.OTIO_SCHEMA.startsWith("Gap.")) return words.black ? blackOf(laid, channels) : null;
  if (item.enabled === false) {
    reading.left.push(`The clip "${item.name}" (${place}) is switched off and is read as black.`);
    return null;
  }
  const start = frames(rangeOf(item, place).start_time, reading.rate, reading);
  const length = record.out - record.in;
  const speed = words.speed ?? speedOf(item, reading);
  const used = words.source_frames ??
    (speed === undefined ? length : Math.round(length * Math.abs(speed) / nominalRate(reading.rate)));
  const name = item.name || nameOfMedia(item);
  return {
    number: 0,
    reel: words.reel ?? reelOf(item),
    channels: words.channels ?? channels,
    transition: { kind: "cut" },
    source: { in: start, out: start + used },
    record: { ...record },
    ...(name === "" ? {} : { clip: name }),
    ...(speed === undefined ? {} : { speed }),
    comments: [...(words.facts ?? []), ...item.markers.map(noteOf).filter((note) => note !== "")],
  };
}

function blackOf({ record }: Laid, channels: string): EdlEvent {
  return {
    ...{ number: 0, reel: BLACK, channels, transition: { kind: "cut" } },
    source: { in: 0, out: record.out - record.in },
    record: { ...record },
    comments: [],
  };
}

function transitionOf(item: OtioItem, place: string, reading: Reading) {
  if (!item.in_offset || !item.out_offset) {
    throw new OtioError(`The transition before ${place} does not say how long it is.`);
  }
  const early = frames(item.in_offset, reading.rate, reading);
  const length = early + frames(item.out_offset, reading.rate, reading);
  if (early < 0 || length < early) {
    throw new OtioError(`The transition before ${place} has an offset below zero.`);
  }
  const wipe = wordsOf(item.metadata).wipe ?? wipeOfCmx(item.metadata);
  if (wipe === undefined && item.transition_type !== "SMPTE_Dissolve") {
    reading.left.push(
      `The transition "${item.name || item.transition_type}" before ${place} is read as a dissolve.`,
    );
  }
  const transition: EdlEvent["transition"] = wipe === undefined
    ? { kind: "dissolve", frames: length }
    : { kind: "wipe", pattern: wipe, frames: length };
  return { early, transition };
}

/** The number of a wipe that its reader of CMX3600 keeps. */
function wipeOfCmx(metadata: Record<string, unknown>): number | undefined {
  const code = (metadata.cmx_3600 as { transition?: unknown } | undefined)?.transition;
  const found = typeof code === "string" ? /^W(\d{1,3})$/.exec(code) : null;
  return found ? Number(found[1]) : undefined;
}

function rangeOf(item: OtioItem, place: string): z.infer<typeof TimeRange> {
  const range = item.source_range ?? mediaOf(item)?.available_range;
  if (range) return range;
  throw new OtioError(
    `At ${place}: "${item.name}" has no source range and its media has none; nothing says how long it is.`,
  );
}

function mediaOf(item: OtioItem) {
  return item.media_references?.[item.active_media_reference_key ?? "DEFAULT_MEDIA"] ?? item.media_reference;
}

function nameOfMedia(item: OtioItem): string {
  const media = mediaOf(item);
  return media?.name || (media?.target_url ? baseName(media.target_url) : "");
}

/** What a list by another hand calls it: its own writer's reel, else the file. */
function reelOf(item: OtioItem): string {
  const cmx = item.metadata.cmx_3600 as { reel?: unknown } | undefined;
  if (typeof cmx?.reel === "string" && cmx.reel.trim() !== "") return cmx.reel.trim();
  const file = stemOf(baseName(mediaOf(item)?.target_url ?? ""));
  return (file || item.name || "AX").replace(/\s+/g, "_");
}

function speedOf(item: OtioItem, reading: Reading): number | undefined {
  const warp = item.effects.find((effect) => /^(LinearTimeWarp|FreezeFrame)\./.test(effect.OTIO_SCHEMA));
  if (!warp) return undefined;
  const scalar = warp.OTIO_SCHEMA.startsWith("FreezeFrame") ? 0 : warp.time_scalar ?? 1;
  return Math.round(scalar * nominalRate(reading.rate) * 10) / 10;
}

function noteOf(marker: { name?: string | null | undefined; comment?: string | null | undefined }): string {
  return [marker.name, marker.comment].filter((text) => text).join(": ");
}

/** A time as whole frames. 24 counts as 23.976, as timecode does; other rates go by the clock. */
function frames(time: z.infer<typeof Time>, rate: Rate, reading?: Reading): number {
  const own = rate.num / rate.den;
  const same = Math.abs(time.rate / own - 1) < 0.002 || time.rate === nominalRate(rate);
  if (!same) reading?.other.add(time.rate);
  const count = Math.round(same ? time.value : (time.value * own) / time.rate);
  if (Math.abs(count) <= MOST_FRAMES) return count;
  throw new OtioError(
    `A time within ${MOST_FRAMES} frames was expected, found ${time.value} at ${time.rate}.`,
  );
}

function isClip(item: OtioItem): boolean {
  return item.OTIO_SCHEMA.startsWith("Clip.");
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

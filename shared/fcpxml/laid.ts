import type { Transition } from "../canvas/graph.ts";
import type { EventSound, Range } from "../edl/mod.ts";
import { baseName, SILENCE } from "../edl/mod.ts";
import type { Clock } from "./clock.ts";
import { add, type Fraction, minus, over, parseTime, rounded, times } from "./time.ts";
import { FcpxmlError, type XmlElement } from "./xml.ts";

/** Our own words in a file. */
export interface Words {
  reel?: string;
  channels?: string;
  remarks?: string[];
  speed?: number;
  muted?: boolean;
}

/** An element of the storyline, or sound connected to it. Frames of the film. */
export interface Laid {
  name: string;
  line: number;
  in: number;
  out: number;
  /** Where it began before a transition took frames of it. */
  begins: number;
  played: { at: Fraction; slope?: Fraction };
  /** The media's file name. */
  file: string;
  /** A gap, or one that a list writes as an event. */
  black?: "gap" | "event";
  mix?: Transition;
  lane: number;
  sound: EventSound;
  audible: boolean;
  notes: string[];
  words: Words;
  sounds: Laid[];
}

const CLIPS = ["asset-clip", "clip", "video", "audio", "ref-clip", "sync-clip", "mc-clip", "title"];

/** The storyline from left to right, each transition with what it leads into, and begun where it begins. */
export function laidOf(spine: XmlElement, clock: Clock, left: string[]): Laid[] {
  const items: Laid[] = [];
  let at = clock.attribute(spine, "offset") ?? 0;
  let before: XmlElement | null = null;
  let first = true;
  for (const each of spine.children) {
    if (each.name === "transition") {
      if (before) throw new FcpxmlError("a clip or gap was expected, found a second transition.", each.line);
      before = each;
      continue;
    }
    const element = each.name === "audition" ? each.children[0] : each;
    if (!element || (element.name !== "gap" && !CLIPS.includes(element.name))) continue;
    if (["ref-clip", "sync-clip", "mc-clip"].includes(element.name)) {
      left.push(
        `"${
          element.attributes.name ?? ""
        }" (line ${element.line}) is a compound, synchronised or multicam clip and is read as ` +
          `one clip; break it apart before you export to have what is in it.`,
      );
    }
    const offset = clock.attribute(each, "offset");
    const start = offset ?? at;
    if (!first && start < at) {
      throw new FcpxmlError(
        `an offset of ${at} frames or more was expected, found ${start}: "${
          element.attributes.name ?? element.name
        }" begins before the one before it ends.`,
        each.line,
      );
    }
    first = false;
    const item = itemOf(element, start, clock, left);
    if (item.out > item.in) {
      if (before) mixInto(item, before, items.at(-1) ?? null, clock, left);
      items.push(item);
      before = null;
    }
    at = Math.max(item.out, at);
  }
  if (before) trailing(before, items, clock, left);
  return items;
}

function itemOf(element: XmlElement, start: number, clock: Clock, left: string[]): Laid {
  const asset = assetOf(element, clock);
  const duration = clock.attribute(element, "duration") ??
    (asset ? clock.attribute(asset, "duration") : undefined);
  if (duration === undefined || duration < 0) {
    throw new FcpxmlError(
      `a duration was expected, found ${element.attributes.duration ?? "none"}.`,
      element.line,
    );
  }
  const startText = element.attributes.start ?? asset?.attributes.start ?? "0s";
  const local = parseTime(startText, "start", element.line);
  const item: Laid = {
    name: element.attributes.name ?? asset?.attributes.name ?? "",
    ...{ line: element.line, in: start, out: start + duration },
    ...{ begins: start, played: playedOf(element, local, left) },
    file: fileOf(asset),
    lane: Number(element.attributes.lane ?? 0) || 0,
    sound: soundOf(element, clock),
    audible: asset?.attributes.hasAudio !== "0" && asset?.attributes.hasAudio !== undefined &&
      element.attributes.srcEnable !== "video",
    notes: notesOf(element),
    words: wordsOf(element),
    sounds: [],
  };
  if (element.name === "gap" || element.name === "title" || element.attributes.enabled === "0") {
    item.black = element.name === "gap" && metaOf(element).black ? "event" : "gap";
    if (element.name !== "gap") {
      const what = element.name === "title" ? "title" : "clip, which is switched off,";
      left.push(`The ${what} "${item.name}" (line ${element.line}) is read as black.`);
    }
  }
  for (const connected of element.children) {
    if (connected.attributes.lane === undefined) continue;
    item.sounds.push(...connectedSound(connected, start, local, clock, left));
  }
  return item;
}

/** Sound that is connected to an element; anything else that is connected is listed. */
function connectedSound(
  element: XmlElement,
  start: number,
  local: Fraction,
  clock: Clock,
  left: string[],
): Laid[] {
  const asset = assetOf(element, clock);
  const sound = element.name === "audio" || element.attributes.srcEnable === "audio" ||
    (element.name === "asset-clip" && asset?.attributes.hasVideo !== "1");
  if (!sound || !["audio", "asset-clip", "clip"].includes(element.name)) {
    left.push(
      `"${
        element.attributes.name ?? element.name
      }" (line ${element.line}), connected on lane ${element.attributes.lane}, ` +
        `is not read: a cut list has one picture track.`,
    );
    return [];
  }
  const { offset } = element.attributes;
  const apart = offset === undefined ? null : minus(parseTime(offset, "offset", element.line), local);
  const at = start + (apart ? clock.frames(apart, element.line) : 0);
  const item = itemOf(element, at, clock, left);
  return item.black || item.out === item.in ? [] : [item];
}

/** Where an element begins in its file, in seconds, and seconds of file for one of film where that is not one. */
function playedOf(element: XmlElement, local: Fraction, left: string[]): { at: Fraction; slope?: Fraction } {
  const inner = element.name === "clip"
    ? element.children.find((it) => /^(video|audio)$/.test(it.name))
    : undefined;
  const time = (of: XmlElement, key: string, fallback = "0s") =>
    parseTime(of.attributes[key] ?? fallback, key, of.line);
  const begins = inner ? add(local, minus(time(inner, "start"), time(inner, "offset"))) : local;
  const map = element.children.find((it) => it.name === "timeMap");
  const points = (map?.children ?? []).filter((it) => it.name === "timept");
  if (points.length < 2) return { at: begins };
  const [from, to] = [points[0]!, points.at(-1)!];
  const run = minus(time(to, "time", ""), time(from, "time", ""));
  if (run.num <= 0n) throw new FcpxmlError("time points one after another were expected.", map!.line);
  const slope = over(minus(time(to, "value", ""), time(from, "value", "")), run);
  if (points.length > 2) {
    left.push(
      `"${element.attributes.name ?? ""}" (line ${
        map!.line
      }) changes its speed as it plays; it is read at one speed throughout.`,
    );
  }
  const at = add(time(from, "value"), times(minus(local, time(from, "time")), slope));
  return slope.num === slope.den ? { at } : { at, slope };
}

/** Frames of the file under an item, once it is known from where to where it is seen. */
export function sourceOf(item: Laid, clock: Clock): { source: Range; speed?: number } {
  if (item.black) return { source: { in: 0, out: item.out - item.in } };
  const length = item.out - item.in;
  const { at, slope } = item.played;
  const shift = item.in - item.begins;
  if (!slope) {
    const first = clock.frames(at, item.line) + shift;
    return { source: { in: first, out: first + length } };
  }
  const first = clock.frames(add(at, times(clock.seconds(shift), slope)), item.line);
  const used = Math.abs(rounded(times({ num: BigInt(length), den: 1n }, slope)));
  if (slope.num === 0n) return { source: { in: first, out: first + length }, speed: 0 };
  return slope.num < 0n
    ? { source: { in: first - used, out: first }, speed: -1 }
    : { source: { in: first, out: first + used }, speed: 1 };
}

/** The transition before an item; it begins at the cut from here on, and what it leaves ends there. */
function mixInto(
  item: Laid,
  transition: XmlElement,
  before: Laid | null,
  clock: Clock,
  left: string[],
): void {
  const frames = clock.attribute(transition, "duration");
  if (frames === undefined || frames <= 0) {
    throw new FcpxmlError("a transition with a duration was expected.", transition.line);
  }
  const offset = clock.attribute(transition, "offset") ?? item.in - Math.floor(frames / 2);
  const joined = before !== null && before.out === item.in;
  const early = joined ? Math.min(frames, Math.max(0, item.in - offset)) : 0;
  if (joined && early > before.out - before.in) {
    throw new FcpxmlError(
      `a transition that begins after "${before.name}" was expected, found one ${early} frames before the cut, and that lasts ${
        before.out - before.in
      }.`,
      transition.line,
    );
  }
  item.in -= early;
  if (joined) before.out -= early;
  item.mix = mixOf(transition, Math.min(frames, item.out - item.in), left);
}

/** A transition at the end: the film goes into black over its last frames. */
function trailing(transition: XmlElement, items: Laid[], clock: Clock, left: string[]): void {
  const last = items.at(-1);
  const frames = Math.min(clock.attribute(transition, "duration") ?? 0, last ? last.out - last.in - 1 : 0);
  if (!last || last.black || frames <= 0) {
    left.push(`The transition at the end (line ${transition.line}) leads nowhere and is left out.`);
    return;
  }
  last.out -= frames;
  const black: Laid = {
    ...last,
    ...{
      name: "",
      black: "event",
      in: last.out,
      out: last.out + frames,
      begins: last.out,
      notes: [],
      sounds: [],
    },
    ...{ line: transition.line, words: {}, mix: mixOf(transition, frames, left) },
  };
  items.push(black);
}

function mixOf(transition: XmlElement, frames: number, left: string[]): Transition {
  const name = transition.attributes.name ?? "transition";
  const pattern = Number(metaOf(transition).wipe ?? /^SMPTE Wipe (\d{1,3})$/.exec(name)?.[1] ?? 0);
  if (Number.isInteger(pattern) && pattern > 0 && pattern < 1000) return { kind: "wipe", pattern, frames };
  if (name !== "Cross Dissolve") {
    left.push(`The transition "${name}" (line ${transition.line}) is read as a dissolve.`);
  }
  return { kind: "dissolve", frames };
}

function assetOf(element: XmlElement, clock: Clock): XmlElement | undefined {
  const own = element.attributes.ref ??
    element.children.find((it) => /^(video|audio)$/.test(it.name) && it.attributes.lane === undefined)
      ?.attributes.ref;
  const found = own === undefined ? undefined : clock.resources.get(own);
  return found?.name === "asset" ? found : undefined;
}

function fileOf(asset: XmlElement | undefined): string {
  const rep = asset?.children.find((it) => it.name === "media-rep");
  const src = rep?.attributes.src ?? asset?.attributes.src ?? "";
  try {
    return baseName(decodeURIComponent(src));
  } catch {
    return baseName(src);
  }
}

function soundOf(element: XmlElement, clock: Clock): EventSound {
  const volume = element.children.find((it) => it.name === "adjust-volume");
  const amount = /^([+-]?\d+(?:\.\d+)?)\s*dB$/.exec(volume?.attributes.amount ?? "");
  const fades = (volume?.children ?? []).flatMap((param) => param.children);
  const fade = (name: string) => {
    const found = fades.find((it) => it.name === name);
    return found ? Math.max(0, clock.attribute(found, "duration") ?? 0) : 0;
  };
  return {
    level: amount ? Math.max(SILENCE, Math.min(24, Number(amount[1]))) : 0,
    muted: element.attributes.srcEnable === "video",
    ...{ fade_in: fade("fadeIn"), fade_out: fade("fadeOut") },
  };
}

function notesOf(element: XmlElement): string[] {
  return element.children.flatMap((it) =>
    it.name === "note"
      ? [it.text]
      : it.name === "marker"
      ? [[it.attributes.value, it.attributes.note].filter((text) => text).join(": ")]
      : []
  );
}

/** Values of our own metadata, and of Final Cut's reel. */
function metaOf(element: XmlElement): Record<string, string | undefined> {
  const entries = element.children.filter((it) => it.name === "metadata").flatMap((it) => it.children);
  const key = (text: string) =>
    text === "com.apple.proapps.studio.reel" ? "reel" : text.replace(/^studio\./, "");
  return Object.fromEntries(
    entries.filter((it) => it.name === "md" && it.attributes.key && it.attributes.value !== undefined)
      .map((it) => [key(it.attributes.key!), it.attributes.value]),
  );
}

function wordsOf(element: XmlElement): Words {
  const { reel, channels, speed, remarks, muted } = metaOf(element);
  const words: Words = {};
  if (reel && reel.trim() !== "" && reel.length <= 200) words.reel = reel.trim().replace(/\s+/g, "_");
  if (channels && /^[A-Z0-9/]{1,6}$/.test(channels)) words.channels = channels;
  if (speed && /^-?\d{1,5}(\.\d)?$/.test(speed)) words.speed = Number(speed);
  if (muted === "1") words.muted = true;
  const list = remarksOf(remarks);
  if (list) words.remarks = list;
  return words;
}

function remarksOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((it) => typeof it === "string").slice(0, 100) : null;
  } catch {
    return null;
  }
}

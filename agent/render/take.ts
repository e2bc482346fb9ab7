import { type CutTake, EdlError, type Timeline } from "../../shared/edl/mod.ts";
import type { AssembleSpec } from "../../shared/jobs/job.ts";
import { RATES } from "../../shared/time/rate.ts";
import { type ExecutionContext, JobFailure } from "../lease/executor.ts";
import {
  DEMUXERS,
  hasSoundTrack,
  inspect,
  type Inspection,
  MediaError,
  type Mp4,
  plainAac,
  readMp4,
  setupOf,
  sniffFile,
  STILLS,
  type Track,
} from "../media/mod.ts";
import { inParallel } from "./pool.ts";
import type { Screen } from "./screen.ts";

export interface TakeSound {
  path: string;
  demuxer: string;
  /** Its packets where they can be read from the file's tables and decoded behind those of other takes. */
  aac?: { track: Track; channels: 1 | 2 };
}

/** A take, or a sound file, as it lies on disk. */
export interface Take extends CutTake {
  oid: string;
  /** null for a sound file. */
  file: Inspection | null;
  /** What is heard of it, and the demuxer that opens it; null when it has no sound. */
  sound: TakeSound | null;
  /** The picture's own table where it is an MP4 whose samples can be taken as they are. */
  picture: Track | null;
  /** How its decoder is set up: takes of the same can follow one another in one stream. */
  setup: string | null;
}

/**
 * The takes that a list uses, as they are on disk. Those that our own encoder made are read from their tables alone, which
 * is a hundred times as fast as asking ffprobe; `own` is that encoder's setup for this film.
 */
export async function readTakes(
  spec: AssembleSpec,
  timeline: Timeline,
  screen: Screen,
  own: string,
  context: Pick<ExecutionContext, "inputs" | "signal">,
): Promise<Take[]> {
  const used = new Set(timeline.events.map((event) => event.reel.toUpperCase()));
  const names = new Set(spec.inputs.map(({ name }) => name.toUpperCase()));
  const unnamed = timeline.events.some((event) => !names.has(event.reel.toUpperCase()));
  const wanted = spec.inputs.filter(({ name }) => unnamed || used.has(name.toUpperCase()));
  // A reel that is twice in the job would leave it to chance which take is shown.
  if (new Set(wanted.map(({ name }) => name)).size < wanted.length) {
    throw new EdlError("Two takes of this render have the same reel; give each its own.");
  }
  return await inParallel(wanted, 4, (each) => readTake(each, spec, screen, own, context), context.signal);
}

async function readTake(
  input: AssembleSpec["inputs"][number],
  spec: AssembleSpec,
  screen: Screen,
  own: string,
  { inputs, signal }: Pick<ExecutionContext, "inputs" | "signal">,
): Promise<Take> {
  const path = inputs.get(input.name);
  const name = input.file_name.replace(/\.[A-Za-z0-9]{2,5}$/, "");
  if (!path) throw new JobFailure("agent", `The take "${name}" (reel ${input.name}) was not fetched.`);
  const base = { reel: input.name, name, oid: input.oid, timecodeStart: input.timecode_start };
  if (input.kind === "audio") return await readSoundFile(base, path);
  const tables = await readMp4(path);
  const picture = tables?.tracks.find(({ kind }) => kind === "vide") ?? null;
  const setup = picture && setupOf(picture);
  const file = picture && setup === own && quick(path, picture, screen, hasSoundTrack(tables!)) ||
    await inspectTake(path, name, signal);
  if (!file.still && file.frames < input.frames) {
    throw new JobFailure(
      "invalid",
      `The take "${name}" has ${file.frames} frames where ${input.frames} were recorded: its file is cut off. Generate it again.`,
    );
  }
  const rate = RATES[spec.fps];
  const frames = file.rate
    ? Math.floor((file.frames * rate.num * file.rate.den) / (rate.den * file.rate.num))
    : 1;
  const aac = tables && aacOf(tables);
  const sound = file.audio ? { path, demuxer: file.demuxer, ...(aac ? { aac } : {}) } : null;
  return { ...base, file, sound, picture, setup, still: file.still, frames: Math.max(1, frames) };
}

/** What our own encoder made for this film: its setup says all that ffprobe would. */
function quick(path: string, picture: Track, screen: Screen, audio: boolean): Inspection | null {
  const { timescale, delta, sizes, keys } = picture;
  const { rate } = screen;
  if (delta === null || timescale * rate.den !== delta * rate.num || !picture.plain || picture.shown) {
    return null;
  }
  return {
    ...{ path, format: "mp4", demuxer: "mov", still: false, width: screen.width, height: screen.height },
    ...{ frames: sizes.length, keyframes: keys, plain: true, rate, constant: true, codec: "h264" },
    ...{ pixelFormat: "yuv420p", square: screen.aspect[0] === screen.aspect[1], aspect: screen.aspect },
    ...{ alpha: false, reordered: false, setup: null, audio },
  };
}

/** Its one track of sound, where that is plain AAC and lies in the file as it is heard. */
function aacOf({ tracks }: Mp4): TakeSound["aac"] | null {
  const [track, other] = tracks.filter(({ kind }) => kind === "soun");
  const channels = track && !other ? plainAac(track) : null;
  return track && channels && track.heard !== null && track.sizes.every((size) => size <= LARGEST_PACKET)
    ? { track, channels }
    : null;
}

/** Bytes: the longest frame that ADTS can say has 13 bits, with its header. */
const LARGEST_PACKET = 8191 - 7;

async function readSoundFile(
  base: Pick<Take, "reel" | "name" | "oid" | "timecodeStart">,
  path: string,
): Promise<Take> {
  const format = await sniffFile(path);
  if (!format || STILLS.includes(format)) {
    throw new JobFailure("invalid", `"${base.name}" is laid as sound and is no sound that the studio knows.`);
  }
  const sound = { path, demuxer: DEMUXERS[format] };
  return { ...base, file: null, sound, picture: null, setup: null, still: false, audio: true, frames: 0 };
}

async function inspectTake(path: string, name: string, signal: AbortSignal): Promise<Inspection> {
  try {
    return await inspect(path, { signal });
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new JobFailure(
      "invalid",
      `The take "${name}" cannot be used: ${cause.message} Generate it again.`,
      { cause, detail: cause.detail },
    );
  }
}

/** Its samples, from a key frame on, can be the film's own. */
export function isCopyable({ file, picture, setup }: Take, screen: Screen, wanted: string): boolean {
  return file !== null && picture !== null && setup === wanted && file.codec === "h264" &&
    file.pixelFormat === "yuv420p" &&
    file.plain && !file.reordered && picture.shown === null && picture.plain && file.constant &&
    file.frames === picture.sizes.length &&
    file.aspect[0] * screen.aspect[1] === file.aspect[1] * screen.aspect[0] &&
    file.width === screen.width && file.height === screen.height &&
    file.rate!.num * screen.rate.den === screen.rate.num * file.rate!.den;
}

import { createHash } from "node:crypto";
import {
  AUDIO_ENCODING,
  AUDIO_RATE,
  ffmpeg,
  type Part,
  readMp4,
  type SoundTrack,
  type Track,
} from "../media/mod.ts";
import type { Film } from "./assemble.ts";
import { encoderVersion } from "./key.ts";
import { normalise } from "./loudness.ts";
import { BYTES } from "./mix.ts";
import { encodeSound, type Sounding } from "./packets.ts";
import { samplesAt, type Span } from "./samples.ts";
import { type Heard, laySound } from "./sound.ts";
import { wantedOf } from "./decode.ts";

/** Raw sound of the film. */
export interface RawSound {
  path: string;
  samples: number;
}

/** The film's sound, in the form that is asked for; each is made once. */
export interface FilmSound {
  /** LUFS before it was brought to what was asked for. */
  measured: number | null;
  raw: (signal: AbortSignal) => Promise<RawSound>;
  aac: (signal: AbortSignal) => Promise<SoundTrack>;
}

export interface SoundOptions {
  signal: AbortSignal;
  /** Frames of the film whose sound is done. */
  onDone: (frames: number) => void;
  /** No picture is encoded meanwhile. */
  alone?: boolean;
}

/** Counted up when the same sound comes out otherwise than before: stretches that are kept are made anew. */
const VERSION = 1;

/** Lays the film's sound as far as its format has it: as AAC, or raw where it is delivered so or is to be measured first. */
export async function makeSound(
  film: Film,
  heard: readonly Heard[],
  as: "aac" | "raw",
  { signal, onDone, alone = false }: SoundOptions,
): Promise<FilmSound> {
  const { cut, screen, options: { loudness }, work, cores } = film;
  const samples = samplesAt(cut.frames, screen.rate);
  const told = (done: number) => onDone((done / samples) * cut.frames);
  let laid: Promise<RawSound> | null = null;
  const lay = async (signal: AbortSignal): Promise<RawSound> => {
    const path = `${work}/sound.pcm`;
    await laySound(heard, screen.rate, { from: 0, to: samples }, path, { signal, onDone: told });
    return { path, samples };
  };
  const raw = (signal: AbortSignal) => laid ??= lay(signal);
  const silent = heard.length === 0;
  const leveled = loudness !== undefined && !silent;
  const measured = leveled ? await normalise((await raw(signal)).path, loudness, samples, { signal }) : null;
  let encoded: Promise<SoundTrack> | null = null;
  const encode = async (signal: AbortSignal) => {
    if (silent) return await silence(samples, work, signal);
    const options = { folder: `${work}/sound`, cache: film.cache, cores, alone, signal, onDone: told };
    // What has been measured as a whole is of its own level: no part of it is known by what it is made of.
    return await encodeSound(leveled || laid ? ofRaw(await raw(signal)) : ofParts(film, heard, raw), options);
  };
  const aac = (signal: AbortSignal) => encoded ??= encode(signal);
  await (as === "aac" ? aac(signal) : raw(signal));
  return { measured, raw, aac };
}

function ofRaw({ path, samples }: RawSound): Sounding {
  return {
    samples,
    keyOf: () => Promise.resolve(null),
    raw: ({ from }) => Promise.resolve({ path, at: from, own: false }),
  };
}

/** Seconds from which on a sound that cannot be entered in its middle is decoded once, and not for each stretch again. */
const LONG_S = 60;

function ofParts(
  { screen: { rate }, cut, work }: Film,
  heard: readonly Heard[],
  whole: (signal: AbortSignal) => Promise<RawSound>,
): Sounding {
  const samples = samplesAt(cut.frames, rate);
  const slow = heard.some((sound) => !canEnter(sound) && sound.frames * rate.den > LONG_S * rate.num);
  let asked = 0;
  return {
    samples,
    keyOf: async (span) => await keyOf(heard, rate, span),
    async raw(span, signal) {
      if (slow && span.to - span.from > LONG_S * AUDIO_RATE) {
        return { path: (await whole(signal)).path, at: span.from, own: false };
      }
      const path = `${work}/sound-${asked++}.pcm`;
      await laySound(heard, rate, span, path, { signal });
      return { path, at: 0, own: true };
    },
  };
}

function canEnter({ take, speed }: Heard): boolean {
  return !speed && (take.sound!.aac !== undefined || ["mov", "wav"].includes(take.sound!.demuxer));
}

/** Names what is heard in a span: sounds by content, with their places in it. Where it lies in the film is no part. */
async function keyOf(heard: readonly Heard[], rate: Film["screen"]["rate"], span: Span): Promise<string> {
  const layers = heard.filter((sound) => wantedOf(sound, rate, span)).map((sound) => {
    const { take, start, at, frames, fade_in, fade_out, level, speed, follows, goesOn } = sound;
    const place = (frame: number) => samplesAt(frame, rate) - span.from;
    return [
      ...[take.oid, samplesAt(start, rate), place(at), place(at + frames), place(at + fade_in)],
      ...[place(at + frames - fade_out), level, speed ?? null, follows, goesOn],
    ];
  });
  const said = JSON.stringify([
    ...["sound", VERSION, await encoderVersion(), AUDIO_ENCODING, span.to - span.from, layers],
  ]);
  // Hundreds of short texts: each would wait for a thread longer than this takes.
  return createHash("sha256").update(said).digest("hex");
}

/** Silence is encoded once, however long it lasts. */
async function silence(samples: number, folder: string, signal: AbortSignal): Promise<SoundTrack> {
  const to = `${folder}/silence.m4a`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", `anullsrc=r=${AUDIO_RATE}:cl=stereo`, "-t", "0.2"],
    ...[...AUDIO_ENCODING, "-f", "mp4", `file:${to}`],
  ], { signal });
  const { entry, timescale, delta, skipped, sizes, offsets } = await soundTrackOf(to);
  if (delta === null) throw new Error("The film's sound cannot be read again.");
  const steady = Math.min(3, sizes.length - 1);
  const count = Math.ceil((samples + skipped) / delta);
  const part: Part = {
    path: to,
    offsets: new Float64Array(count).fill(offsets[steady]!),
    sizes: new Uint32Array(count).fill(sizes[steady]!),
  };
  return { kind: "soun", entry, timescale, delta, skipped, heard: samples, parts: [part] };
}

/** Uncompressed sound, as QuickTime holds it. */
export async function pcmTrack(sound: RawSound, folder: string, signal: AbortSignal): Promise<SoundTrack> {
  const to = `${folder}/entry.mov`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", `anullsrc=r=${AUDIO_RATE}:cl=stereo`, "-t", "0.1"],
    ...["-c:a", "pcm_s16le", "-f", "mov", `file:${to}`],
  ], { signal });
  const { entry } = await soundTrackOf(to);
  return {
    ...{ kind: "soun", entry, timescale: AUDIO_RATE, delta: 1 },
    raw: { path: sound.path, bytes: BYTES, count: sound.samples },
  };
}

async function soundTrackOf(path: string): Promise<Track> {
  const track = (await readMp4(path))?.tracks.find(({ kind }) => kind === "soun");
  if (!track) throw new Error("The film's sound cannot be read again.");
  return track;
}

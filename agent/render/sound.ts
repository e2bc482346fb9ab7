import type { Sound } from "../../shared/edl/mod.ts";
import type { Rate } from "../../shared/time/rate.ts";
import { AUDIO_RATE, ffmpeg, input } from "../media/mod.ts";
import { BYTES, type Layer, Mixer } from "./mix.ts";
import type { Take } from "./take.ts";

/** Sounds that are decoded by one ffmpeg: starting it costs more than decoding a short take. */
const AT_ONCE = 12;
/** Samples over which sound comes up and goes down at a cut, 4 ms: a jump in it would be heard as a click. */
const RAMP = 192;

export interface Heard extends Sound<Take> {
  /** It follows on from, or goes on into, the same sound: there is nothing to smooth. */
  follows: boolean;
  goesOn: boolean;
}

/** What there is to hear, in the order of the film, with what goes on over a cut marked. */
export function heardOf(sounds: readonly Sound<Take>[]): Heard[] {
  const place = (sound: Sound<Take>, start: number, at: number) =>
    JSON.stringify([sound.channel, sound.take.oid, sound.take.reel, sound.level, start, at]);
  const straight = sounds.filter(({ speed }) => !speed);
  const begins = new Set(straight.map((sound) => place(sound, sound.start, sound.at)));
  const ends = new Set(
    straight.map((sound) => place(sound, sound.start + sound.frames, sound.at + sound.frames)),
  );
  return sounds.filter(({ take, level, frames }) => take.sound && level > -96 && frames > 0)
    .toSorted((a, b) => a.at - b.at)
    .map((sound) => ({
      ...sound,
      follows: !sound.speed && ends.has(place(sound, sound.start, sound.at)),
      goesOn: !sound.speed && begins.has(place(sound, sound.start + sound.frames, sound.at + sound.frames)),
    }));
}

/**
 * The film's sound as raw 48 kHz stereo, exactly as long as its picture and one stream from end to end. Places are counted
 * from the start of the film, so nothing drifts; what is silent takes no room on the disk.
 */
export async function laySound(
  heard: readonly Heard[],
  frames: number,
  rate: Rate,
  to: string,
  options: { signal?: AbortSignal; onDone?: (samples: number) => void } = {},
): Promise<void> {
  using mixer = await Mixer.open(to, samplesAt(frames, rate));
  for (let first = 0; first < heard.length; first += AT_ONCE) {
    const batch = heard.slice(first, first + AT_ONCE).map((sound, i) => ({
      sound,
      path: `${to}.${first + i}`,
    }));
    // Up to where the next sound begins all that is heard is known.
    await mixer.mixUntil(samplesAt(batch[0]!.sound.at, rate), options);
    await decode(batch, rate, options.signal);
    for (const { sound, path } of batch) mixer.add(layerOf(sound, path, rate));
  }
  await mixer.mixUntil(samplesAt(frames, rate), options);
}

async function decode(
  batch: { sound: Heard; path: string }[],
  rate: Rate,
  signal: AbortSignal | undefined,
): Promise<void> {
  const opened = batch.map(({ sound }) => opening(sound, rate));
  await ffmpeg([
    ...opened.flatMap(({ args }) => args),
    ...batch.flatMap(({ path }, i) => [
      ...["-map", `${i}:a:0`, "-af", opened[i]!.filters, "-f", "s16le", `file:${path}`],
    ]),
  ], signal ? { signal } : {});
}

/** Seconds before a sound's place from which it is decoded: a decoder needs a moment until it is right. */
const EARLIER_S = 2;

function opening({ take, start, at, frames, speed }: Heard, rate: Rate): { args: string[]; filters: string } {
  const { path, demuxer } = take.sound!;
  const length = samplesAt(at + frames, rate) - samplesAt(at, rate);
  const first = samplesAt(start, rate);
  // Whole seconds are whole samples, whatever the file's own rate. Other containers do not find a place exactly.
  const seconds = Math.floor(first / AUDIO_RATE) - EARLIER_S;
  const skip = seconds > 8 && ["mov", "wav"].includes(demuxer) ? seconds : 0;
  const from = first - skip * AUDIO_RATE;
  const used = speed ? Math.ceil((length * speed.num) / speed.den) : length;
  return {
    args: input(path, ["-f", demuxer, ...(skip ? ["-ss", String(skip)] : [])]),
    filters: [
      // Sound that starts late or has holes keeps its place in the picture.
      `aresample=${AUDIO_RATE}:async=1:first_pts=0`,
      `atrim=start_sample=${from}:end_sample=${from + used}`,
      ...(speed ? [...tempos(speed.num / speed.den), `atrim=end_sample=${length}`] : []),
      "aformat=sample_fmts=s16:channel_layouts=stereo",
    ].join(","),
  };
}

/** One atempo changes speed by 0.5 to 2 well; more takes several. */
function tempos(speed: number): string[] {
  const count = Math.max(1, Math.ceil(Math.abs(Math.log2(speed)) - 1e-9));
  return Array.from({ length: count }, () => `atempo=${(speed ** (1 / count)).toFixed(9)}`);
}

function layerOf(sound: Heard, path: string, rate: Rate): Layer {
  const begin = samplesAt(sound.at, rate);
  const length = samplesAt(sound.at + sound.frames, rate) - begin;
  const ramp = Math.min(RAMP, length >> 1);
  const up = samplesAt(sound.at + sound.fade_in, rate) - begin;
  const down = length - (samplesAt(sound.at + sound.frames - sound.fade_out, rate) - begin);
  return {
    ...{ path, begin, length, gain: 10 ** (sound.level / 20) },
    fade_in: up || (sound.follows ? 0 : ramp),
    fade_out: down || (sound.goesOn ? 0 : ramp),
  };
}

/** Samples before a frame begins. */
export function samplesAt(frame: number, rate: Rate): number {
  return Math.round((frame * rate.den * AUDIO_RATE) / rate.num);
}

/** Bytes of raw sound in so many frames. */
export function soundBytes(frames: number, rate: Rate): number {
  return samplesAt(frames, rate) * BYTES;
}

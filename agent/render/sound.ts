import type { Sound } from "../../shared/edl/mod.ts";
import type { Rate } from "../../shared/time/rate.ts";
import { AUDIO_RATE } from "../media/mod.ts";
import { decodeSounds, type Wanted, wantedOf } from "./decode.ts";
import { type Layer, Mixer } from "./mix.ts";
import { samplesAt, type Span } from "./samples.ts";
import type { Take } from "./take.ts";

/** Sounds that are decoded by one ffmpeg, and their seconds: starting it costs more than decoding a short take. */
export const AT_ONCE = 24;
export const LONGEST_S = 120;
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
 * A span of the film's sound as raw 48 kHz stereo, one stream from end to end. Places are counted from the start of the film, so
 * nothing drifts and a span is the same whatever it is laid with; what is silent takes no room on the disk.
 */
export async function laySound(
  heard: readonly Heard[],
  rate: Rate,
  span: Span,
  to: string,
  options: { signal?: AbortSignal; onDone?: (samples: number) => void } = {},
): Promise<void> {
  const wanted = heard.flatMap((sound) => wantedOf(sound, rate, span) ?? []);
  using mixer = await Mixer.open(to, span.to - span.from);
  for (let first = 0; first < wanted.length;) {
    const batch = batchFrom(wanted, first);
    // Up to where the next sound begins all that is heard is known.
    await mixer.mixUntil(samplesAt(batch[0]!.sound.at, rate) - span.from, options);
    const decoded = await decodeSounds(batch, rate, `${to}.${first}`, options.signal);
    for (const [i, { sound }] of batch.entries()) mixer.add(layerOf(sound, decoded[i]!, rate, span));
    first += batch.length;
  }
  await mixer.mixUntil(span.to - span.from, options);
}

/** As many as fit, and one at least. */
function batchFrom(wanted: readonly Wanted[], first: number): Wanted[] {
  const batch: Wanted[] = [];
  let samples = 0;
  for (const each of wanted.slice(first, first + AT_ONCE)) {
    samples += each.until - each.from;
    if (batch.length && samples > LONGEST_S * AUDIO_RATE) break;
    batch.push(each);
  }
  return batch;
}

function layerOf(sound: Heard, decoded: Pick<Layer, "path" | "held">, rate: Rate, span: Span): Layer {
  const begin = samplesAt(sound.at, rate);
  const length = samplesAt(sound.at + sound.frames, rate) - begin;
  const ramp = Math.min(RAMP, length >> 1);
  const up = samplesAt(sound.at + sound.fade_in, rate) - begin;
  const down = length - (samplesAt(sound.at + sound.frames - sound.fade_out, rate) - begin);
  return {
    ...decoded,
    ...{ begin: begin - span.from, length, gain: 10 ** (sound.level / 20) },
    fade_in: up || (sound.follows ? 0 : ramp),
    fade_out: down || (sound.goesOn ? 0 : ramp),
  };
}

import type { Rate } from "../../shared/time/rate.ts";
import {
  AAC_SAMPLES,
  adtsHeader,
  AUDIO_RATE,
  ffmpeg,
  type FfmpegOptions,
  input,
  MediaError,
  type Track,
} from "../media/mod.ts";
import { BYTES, type Layer } from "./mix.ts";
import { samplesAt, type Span } from "./samples.ts";
import type { Heard } from "./sound.ts";

/** A sound of the film, with what of it is wanted: samples of it from the first to before the last. */
export interface Wanted {
  sound: Heard;
  from: number;
  until: number;
}

/** What of a sound is heard in a span of the film; null: nothing. */
export function wantedOf(sound: Heard, rate: Rate, span: Span): Wanted | null {
  const begin = samplesAt(sound.at, rate);
  const length = samplesAt(sound.at + sound.frames, rate) - begin;
  const [first, last] = [Math.max(0, span.from - begin), Math.min(length, span.to - begin)];
  if (last <= first) return null;
  // What changes its speed is stretched from its head on: its middle alone would come out otherwise.
  return { sound, from: sound.speed ? 0 : first, until: last };
}

interface Decoded {
  path: string;
  held: NonNullable<Layer["held"]>;
}

/**
 * Decodes sounds to raw 48 kHz stereo, in files that begin with `to`. Plain AAC, as the studio's takes have it, is laid
 * packet behind packet and decoded in one go, without opening the takes: that costs a tenth. What comes out has its place by
 * counting; should a packet be broken, so that it does not add up, each is decoded by itself.
 */
export async function decodeSounds(
  wanted: readonly Wanted[],
  rate: Rate,
  to: string,
  signal: AbortSignal | undefined,
): Promise<Decoded[]> {
  const made = new Map<Wanted, Decoded>();
  for (const channels of [1, 2] as const) {
    const plain = wanted.flatMap((each) => packetsOf(each, rate, channels) ?? []);
    if (plain.length === 0) continue;
    const path = `${to}.${channels}`;
    const packets = plain.reduce((sum, { first, end }) => sum + end - first, 0);
    const whole = await decoded([
      ...["-f", "aac", "-i", "pipe:0", "-map", "0:a:0", "-af", STEREO, "-f", "s16le", `file:${path}`],
    ], { ...(signal ? { signal } : {}), feed: (stdin) => feedPackets(plain, channels, stdin) });
    if (!whole || (await Deno.stat(path)).size !== packets * AAC_SAMPLES * BYTES) {
      await Deno.remove(path).catch(() => {});
      continue;
    }
    let at = 0;
    for (const { wanted, first, end, skip, count } of plain) {
      const { from, until } = wanted;
      made.set(wanted, { path, held: { from, until, at: at * AAC_SAMPLES + skip, count } });
      at += end - first;
    }
  }
  const others = wanted.filter((each) => !made.has(each));
  if (others.length) await decodeEach(others, rate, to, signal, made);
  return wanted.map((each) => made.get(each)!);
}

/** false: it refuses what it was given, and may take each by itself. */
async function decoded(args: string[], options: FfmpegOptions): Promise<boolean> {
  try {
    await ffmpeg(args, options);
    return true;
  } catch (error) {
    if (!(error instanceof MediaError) || error.host) throw error;
    return false;
  }
}

const STEREO = "aformat=sample_fmts=s16:channel_layouts=stereo";

interface Packets {
  wanted: Wanted;
  path: string;
  track: Track;
  /** Packets from the first to before the end, with {@link EARLIER} more at the head. */
  first: number;
  end: number;
  /** Samples of them before the first that is heard, and those that there are. */
  skip: number;
  count: number;
}

/** Packets before the first that is heard: a packet overlaps with the one before it. */
const EARLIER = 1;

function packetsOf(wanted: Wanted, rate: Rate, channels: 1 | 2): Packets | null {
  const { sound: { take, start, speed }, from, until } = wanted;
  const { path, aac } = take.sound!;
  if (!aac || aac.channels !== channels || speed) return null;
  const { skipped, heard } = aac.track;
  const begin = samplesAt(start, rate) + from;
  const count = Math.max(0, Math.min(until - from, heard! - begin));
  const first = Math.floor((skipped + begin) / AAC_SAMPLES) - EARLIER;
  if (first < 0 || count === 0) return null;
  const end = Math.min(aac.track.sizes.length, Math.ceil((skipped + begin + count) / AAC_SAMPLES));
  return { wanted, path, track: aac.track, first, end, skip: skipped + begin - first * AAC_SAMPLES, count };
}

async function feedPackets(
  plain: readonly Packets[],
  channels: 1 | 2,
  stdin: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const stream = new Uint8Array(BUFFER);
  let filled = 0;
  const room = async (bytes: number) => {
    if (filled + bytes <= stream.length) return;
    await stdin.write(stream.slice(0, filled));
    filled = 0;
  };
  for (const { path, track, first, end } of plain) {
    using file = await Deno.open(path, { read: true });
    for (let packet = first; packet < end; packet++) {
      const size = track.sizes[packet]!;
      await room(size + 7);
      stream.set(adtsHeader(size, channels), filled);
      // Packets lie between pictures, some hundred bytes each: waiting for each would take longer than decoding it.
      file.seekSync(track.offsets[packet]!, Deno.SeekMode.Start);
      readInto(file, stream.subarray(filled + 7, filled + 7 + size));
      filled += size + 7;
    }
  }
  await stdin.write(stream.slice(0, filled));
}

/** Bytes that are handed over at once. */
const BUFFER = 1 << 18;

function readInto(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let filled = 0; filled < bytes.length;) {
    const read = file.readSync(bytes.subarray(filled));
    if (read === null) throw new Error("A take has become shorter while its sound was read.");
    filled += read;
  }
}

async function decodeEach(
  wanted: readonly Wanted[],
  rate: Rate,
  to: string,
  signal: AbortSignal | undefined,
  made: Map<Wanted, Decoded>,
): Promise<void> {
  const opened = wanted.map((each) => opening(each, rate));
  await ffmpeg([
    ...opened.flatMap(({ args }) => args),
    ...wanted.flatMap((_, i) => [
      ...["-map", `${i}:a:0`, "-af", opened[i]!.filters, "-f", "s16le", `file:${to}.each${i}`],
    ]),
  ], signal ? { signal } : {});
  for (const [i, each] of wanted.entries()) {
    made.set(each, { path: `${to}.each${i}`, held: { from: each.from, until: each.until, at: 0 } });
  }
}

/** Seconds before a sound's place from which it is decoded: a decoder needs a moment until it is right. */
const EARLIER_S = 2;

function opening({ sound, from, until }: Wanted, rate: Rate): { args: string[]; filters: string } {
  const { take, start, speed } = sound;
  const { path, demuxer } = take.sound!;
  const first = samplesAt(start, rate) + from;
  // Whole seconds are whole samples, whatever the file's own rate. Other containers do not find a place exactly.
  const seconds = Math.floor(first / AUDIO_RATE) - EARLIER_S;
  const skip = seconds > 8 && ["mov", "wav"].includes(demuxer) ? seconds : 0;
  const begin = first - skip * AUDIO_RATE;
  const length = until - from;
  const used = speed ? Math.ceil((length * speed.num) / speed.den) : length;
  return {
    args: input(path, ["-f", demuxer, ...(skip ? ["-ss", String(skip)] : [])]),
    filters: [
      // Sound that starts late or has holes keeps its place in the picture.
      `aresample=${AUDIO_RATE}:async=1:first_pts=0`,
      `atrim=start_sample=${begin}:end_sample=${begin + used}`,
      ...(speed ? [...tempos(speed.num / speed.den), `atrim=end_sample=${length}`] : []),
      STEREO,
    ].join(","),
  };
}

/** One atempo changes speed by 0.5 to 2 well; more takes several. */
function tempos(speed: number): string[] {
  const count = Math.max(1, Math.ceil(Math.abs(Math.log2(speed)) - 1e-9));
  return Array.from({ length: count }, () => `atempo=${(speed ** (1 / count)).toFixed(9)}`);
}

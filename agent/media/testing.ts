import type { Rate } from "../../shared/time/rate.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { AUDIO_ENCODING, rateText, videoEncoding } from "./encoding.ts";
import { ffmpeg, input } from "./ffmpeg.ts";

/** Bits of a frame's number: vertical bars, white for one, the lowest bit at the left. */
const BITS = 12;

export interface Coded {
  to: string;
  frames: number;
  rate: Rate;
  /** Number that the first frame carries; 0 is a black frame, so begin at 1. */
  first: number;
  width?: number;
  height?: number;
  /** A tone of this many hertz. */
  tone?: number;
  /** Timecode of the first frame, frames. */
  timecodeStart?: number;
  /** ffmpeg's words for the encoder; the studio's own by default. */
  encoding?: string[];
}

/** A clip in which every frame carries its own number, legible after scaling and encoding. */
export async function makeCodedClip(options: Coded): Promise<string> {
  const { width = 192, height = 108, rate } = options;
  const bars =
    `geq=lum='if(mod(floor((N+${options.first})/pow(2,floor(X*${BITS}/W))),2),235,16)':cb=128:cr=128`;
  const seconds = (options.frames * rate.den) / rate.num;
  // Not -frames:v: when its frames are done, ffmpeg ends the sound with them, however far that is.
  const end = `trim=end_frame=${options.frames}`;
  await ffmpeg([
    ...[
      "-f",
      "lavfi",
      "-i",
      `color=black:s=${width}x${height}:r=${rateText(rate)},format=yuv420p,${bars},${end}`,
    ],
    ...(options.tone
      ? ["-f", "lavfi", "-i", `sine=frequency=${options.tone}:sample_rate=48000`, "-t", seconds.toFixed(6)]
      : []),
    ...(options.encoding ?? videoEncoding(rate)),
    ...(options.tone ? AUDIO_ENCODING : []),
    ...["-timecode", formatTimecode(options.timecodeStart ?? 0, rate), `file:${options.to}`],
  ]);
  return options.to;
}

/** The numbers that the frames of a file carry, in the order a player shows them; black is 0. */
export async function readCodes(path: string): Promise<number[]> {
  const raw = `${path}.codes`;
  await ffmpeg([
    ...input(path),
    ...[
      "-map",
      "0:v:0",
      "-vf",
      `crop=iw:4:0:ih/2,scale=${BITS * 3}:1:flags=area,format=gray,settb=1/25,setpts=N`,
    ],
    ...["-r", "25", "-f", "rawvideo", `file:${raw}`],
  ]);
  const bytes = await Deno.readFile(raw);
  await Deno.remove(raw);
  const row = BITS * 3;
  const bit = (frame: number, i: number) => bytes[frame * row + i * 3 + 1]! > 128 ? 1 : 0;
  return Array.from(
    { length: bytes.length / row },
    (_, frame) => Array.from({ length: BITS }, (_, i) => bit(frame, i) << i).reduce((sum, b) => sum + b, 0),
  );
}

/** Loudness of a span of seconds, as the root mean square of its samples: 0 is silence, a full tone about 0.1. */
export async function loudness(path: string, from: number, to: number): Promise<number> {
  const raw = `${path}.pcm`;
  await ffmpeg([
    ...input(path),
    ...["-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "s16le", `file:${raw}`],
  ]);
  const samples = new Int16Array((await Deno.readFile(raw)).buffer);
  await Deno.remove(raw);
  const span = samples.subarray(Math.round(from * 48_000), Math.round(to * 48_000));
  return Math.sqrt(span.reduce((sum, sample) => sum + (sample / 32768) ** 2, 0) / span.length);
}

/** A folder for one test, removed with it. */
export async function openFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "studio-media-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Numbers of a run of frames. */
export const run = (first: number, frames: number) => Array.from({ length: frames }, (_, i) => first + i);

import type { Rate } from "../../shared/time/rate.ts";
import { writeFrom } from "./append.ts";
import { BYTES, mixInto } from "./mix.ts";
import { AUDIO_RATE } from "./encoding.ts";
import { ffmpeg, input } from "./ffmpeg.ts";
import type { Inspection } from "./probe.ts";

/** Sound of a file from its frame `start`, heard from frame `at` of the film on. */
export interface Heard {
  file: Inspection;
  start: number;
  at: number;
  frames: number;
  /** Frames over which it comes up, and goes down; there it is mixed with what lies there. */
  fade_in?: number;
  fade_out?: number;
}

/**
 * The film's sound as raw 48 kHz stereo, exactly as long as its picture. It begins as silence (a sparse file), and each
 * take's sound is laid over its place; places are counted from the start of the film, so nothing drifts.
 */
export async function laySound(
  heard: readonly Heard[],
  frames: number,
  rate: Rate,
  to: string,
  options: { signal?: AbortSignal; onDone?: (count: number) => void } = {},
): Promise<void> {
  using track = await Deno.open(to, { read: true, write: true, create: true, truncate: true });
  await track.truncate(samplesAt(frames, rate) * BYTES);
  const part = `${to}.part`;
  for (const [index, each] of heard.entries()) {
    const from = samplesAt(each.start, rate);
    const begin = samplesAt(each.at, rate);
    const length = samplesAt(each.at + each.frames, rate) - begin;
    await ffmpeg([
      ...input(each.file.path, ["-f", each.file.demuxer]),
      ...[
        "-map",
        "0:a:0",
        "-af",
        [
          // Sound that starts late or has holes keeps its place in the picture.
          `aresample=${AUDIO_RATE}:async=1:first_pts=0`,
          `atrim=start_sample=${from}:end_sample=${from + length}`,
          "aformat=sample_fmts=s16:channel_layouts=stereo",
        ].join(","),
      ],
      ...["-f", "s16le", `file:${part}`],
    ], options.signal ? { signal: options.signal } : {});
    const fade_in = samplesAt(each.at + (each.fade_in ?? 0), rate) - begin;
    const fade_out = length - (samplesAt(each.at + each.frames - (each.fade_out ?? 0), rate) - begin);
    if (fade_in || fade_out) await mixInto(track, begin, part, { fade_in, fade_out, length });
    else {
      await track.seek(begin * BYTES, Deno.SeekMode.Start);
      await writeFrom(part, track, length * BYTES, options.signal);
    }
    await Deno.remove(part);
    options.onDone?.(index + 1);
  }
}

/** Samples before a frame begins. */
export function samplesAt(frame: number, rate: Rate): number {
  return Math.round((frame * rate.den * AUDIO_RATE) / rate.num);
}

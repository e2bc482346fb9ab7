import { z } from "zod";
import { AUDIO_RATE, ffmpeg, ffmpegSays, input } from "../media/mod.ts";

const RAW = ["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"];
/** dBTP; R128 allows -1, and an encoder may add a little. */
const PEAK = -1.5;

const Measured = z.object({
  input_i: z.string(),
  input_tp: z.string(),
  input_lra: z.string(),
  input_thresh: z.string(),
  target_offset: z.string(),
});

/**
 * Brings raw sound to an integrated loudness (EBU R128), in two passes: measured first, it is raised or lowered as a whole, and
 * its peaks are held only where they would pass the limit. What was measured, LUFS; null: it is silent, and stays so.
 */
export async function normalise(
  sound: string,
  lufs: number,
  samples: number,
  options: { signal: AbortSignal },
): Promise<number | null> {
  const said = await ffmpegSays([
    ...input(sound, RAW),
    ...["-af", `loudnorm=I=${lufs}:TP=${PEAK}:LRA=11:print_format=json`, "-f", "null", "-"],
  ], options);
  const json = /\{[^{}]*"input_i"[^{}]*\}/.exec(said)?.[0];
  const found = Measured.parse(JSON.parse(json ?? "null"));
  const [loudness, range] = [Number(found.input_i), Number(found.input_lra)];
  if (!Number.isFinite(loudness)) return null;
  const to = `${sound}.level`;
  await ffmpeg([
    ...input(sound, RAW),
    "-af",
    [
      `loudnorm=I=${lufs}:TP=${PEAK}:LRA=${Math.min(50, Math.max(11, range))}:linear=true` +
      `:measured_I=${found.input_i}:measured_TP=${found.input_tp}:measured_LRA=${found.input_lra}` +
      `:measured_thresh=${found.input_thresh}:offset=${found.target_offset}`,
      `aresample=${AUDIO_RATE}`,
      // As long as the picture, to the sample.
      `apad,atrim=end_sample=${samples}`,
    ].join(","),
    ...RAW,
    `file:${to}`,
  ], options);
  await Deno.rename(to, sound);
  return loudness;
}

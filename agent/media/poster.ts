import { ffmpeg, input } from "./ffmpeg.ts";
import { inspect, type Inspection } from "./probe.ts";

/** Longest side of a poster, pixels. */
export const POSTER_SIZE = 512;

/**
 * A JPEG of at most {@link POSTER_SIZE} pixels a side for lists, written to `to`: the picture itself, or the frame at a
 * third of a video, where a fade-in is over.
 */
export async function makePoster(
  from: string | Inspection,
  to: string,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const it = typeof from === "string" ? await inspect(from, options) : from;
  const frame = it.still ? 0 : Math.floor(it.frames / 3);
  const scale = `scale=w='min(iw*sar,${POSTER_SIZE})':h='min(ih,${POSTER_SIZE})':` +
    "force_original_aspect_ratio=decrease:force_divisible_by=2:out_range=pc";
  await ffmpeg([
    ...input(it.path, ["-f", it.demuxer, ...seek(it, frame)]),
    ...["-map", "0:v:0", "-frames:v", "1", "-vf", `${scale},setsar=1,format=yuvj420p`],
    ...["-c:v", "mjpeg", "-q:v", "4", "-map_metadata", "-1", "-f", "image2", "-update", "1"],
    `file:${to}`,
  ], options);
  return to;
}

/** Half a frame early, so that rounding never lands on the frame before or after. */
function seek(it: Inspection, frame: number): string[] {
  if (!it.rate || frame === 0) return [];
  return ["-ss", (((frame - 0.5) * it.rate.den) / it.rate.num).toFixed(6)];
}

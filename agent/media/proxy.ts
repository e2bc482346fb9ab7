import { nominalRate } from "../../shared/time/rate.ts";
import { ffmpeg, type FfmpegOptions, input } from "./ffmpeg.ts";
import { inspect, type Inspection } from "./probe.ts";

/** Width of a proxy at most, pixels. */
export const PROXY_WIDTH = 960;

/** A small H.264 MP4 of every frame of a video, index in front, so that a browser plays it at once and loads no master. */
export async function makeProxy(
  from: string | Inspection,
  to: string,
  options: FfmpegOptions = {},
): Promise<string> {
  const it = typeof from === "string" ? await inspect(from, options) : from;
  await ffmpeg([
    ...input(it.path, ["-f", it.demuxer]),
    ...["-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-dn"],
    ...["-vf", `scale='trunc(min(iw*sar,${PROXY_WIDTH})/2)*2':-2:out_range=tv,setsar=1,format=yuv420p`],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-profile:v", "main"],
    // A key frame every second: scrubbing stays quick.
    ...["-g", String(nominalRate(it.rate ?? { num: 24, den: 1 }))],
    ...["-c:a", "aac", "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", "-f", "mp4", `file:${to}`],
  ], options);
  return to;
}

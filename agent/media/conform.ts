import type { Rate } from "../../shared/time/rate.ts";
import { formatTimecode } from "../../shared/time/timecode.ts";
import { AUDIO_ENCODING, fit, rateText, timescale, videoEncoding } from "./encoding.ts";
import { ffmpeg, type FfmpegOptions, input } from "./ffmpeg.ts";
import { inspect, type Inspection } from "./probe.ts";

export interface Conform {
  /** A video as a model made it. */
  from: string | Inspection;
  /** The take: an MP4. */
  to: string;
  rate: Rate;
  width: number;
  height: number;
  /** Width to height of a pixel; square by default. */
  aspect?: readonly [number, number];
  /** Exactly so many frames: a longer source is cut, the last frame of a shorter one is held. Absent: what it has. */
  frames?: number;
  /** Timecode of the first frame, frames since 00:00:00:00: Resolve finds a take again by its source timecode. */
  timecodeStart: number;
  /** The timecode is counted in drop-frame. */
  drop?: boolean;
  reel: string;
  title?: string;
}

/** Brings a generated video to the project's rate and size, with its own timecode; what fits already is not encoded again. */
export async function conform(options: Conform, running: FfmpegOptions = {}): Promise<string> {
  const it = typeof options.from === "string" ? await inspect(options.from, running) : options.from;
  const { rate, width, height, frames, aspect = [1, 1] } = options;
  const video = fits(it, options) ? ["-c:v", "copy"] : [
    ...[
      "-vf",
      [
        `fps=${rateText(rate)}`,
        // Not -frames:v: when its frames are done, ffmpeg ends the sound with them, however far that is.
        ...(frames ? ["tpad=stop_mode=clone:stop=-1", `trim=end_frame=${frames}`] : []),
        fit(width, height, { aspect, alpha: it.alpha }),
      ].join(","),
    ],
    ...["-r", rateText(rate)],
    ...videoEncoding(rate),
  ];
  const length = frames ? ["-t", ((frames * rate.den) / rate.num).toFixed(6)] : [];
  await ffmpeg([
    ...input(it.path, ["-f", it.demuxer]),
    ...["-map", "0:v:0", "-map", "0:a:0?", "-dn", "-map_metadata", "-1"],
    ...video,
    ...(it.audio ? [...AUDIO_ENCODING, ...length] : []),
    ...["-timecode", formatTimecode(options.timecodeStart, rate, { drop: options.drop ?? false })],
    // MP4 has no place for a reel name that readers agree on; the comment is what people see.
    ...["-metadata", `comment=reel ${options.reel}`],
    ...(options.title ? ["-metadata", `title=${options.title}`] : []),
    ...[
      "-video_track_timescale",
      timescale(rate),
      "-movflags",
      "+faststart",
      "-f",
      "mp4",
      `file:${options.to}`,
    ],
  ], running);
  return options.to;
}

function fits(it: Inspection, want: Conform): boolean {
  return it.codec === "h264" && it.pixelFormat === "yuv420p" &&
    sameAspect(it.aspect, want.aspect ?? [1, 1]) && it.plain && !it.reordered &&
    it.constant &&
    it.width === want.width && it.height === want.height &&
    it.rate?.num === want.rate.num && it.rate.den === want.rate.den &&
    (want.frames === undefined || want.frames === it.frames);
}

function sameAspect(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] * b[1] === a[1] * b[0];
}

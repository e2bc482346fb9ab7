import type { FilmFormat } from "../../shared/jobs/film.ts";
import type { Rate } from "../../shared/time/rate.ts";
import { AUDIO_ENCODING, AUDIO_RATE, timescale } from "./encoding.ts";

/**
 * How the joined picture and sound become the film's file. H.264 is there already and is copied; ProRes is 422 HQ with
 * uncompressed sound, for editing; VP9 is one pass at constant quality.
 */
export function deliveryEncoding(format: FilmFormat, rate: Rate): string[] {
  switch (format) {
    case "mp4-h264":
      return [
        ...["-c:v", "copy", ...AUDIO_ENCODING, "-video_track_timescale", timescale(rate)],
        ...["-movflags", "+faststart", "-f", "mp4"],
      ];
    case "mov-prores":
      return [
        ...["-c:v", "prores_ks", "-profile:v", "3", "-vendor", "apl0", "-pix_fmt", "yuv422p10le", ...BT709],
        ...["-c:a", "pcm_s16le", "-ar", String(AUDIO_RATE), "-ac", "2"],
        ...["-video_track_timescale", timescale(rate), "-f", "mov"],
      ];
    case "webm":
      return [
        ...[
          "-c:v",
          "libvpx-vp9",
          "-crf",
          "24",
          "-b:v",
          "0",
          "-deadline",
          "good",
          "-cpu-used",
          "4",
          "-row-mt",
          "1",
        ],
        ...["-pix_fmt", "yuv420p", ...BT709, "-c:a", "libopus", "-b:a", "160k", "-f", "webm"],
      ];
  }
}

const BT709 = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"];

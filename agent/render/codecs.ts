import type { FilmFormat } from "../../shared/jobs/film.ts";
import { nominalRate } from "../../shared/time/rate.ts";
import { videoEncoding } from "../media/mod.ts";
import type { Screen } from "./screen.ts";

/** One way of encoding picture, piece by piece, so that the pieces follow one another in one film. */
export interface PictureCodec {
  /** Names the way among those of this version: pieces that are kept are known by it. */
  name: string;
  /** What a piece lies in. */
  holds: "mp4" | "mov" | "ivf" | "png";
  pixelFormat: string;
  /** ffmpeg's words before anything is opened: a device. */
  before?: readonly string[];
  /** Filters behind all others: a card takes frames from its own memory. */
  upload?: string;
  words: (screen: Screen, threads: number) => string[];
}

const BT709 = [
  ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
  ...["-chroma_sample_location", "left"],
];

export const H264: PictureCodec = {
  name: "h264",
  holds: "mp4",
  pixelFormat: "yuv420p",
  words: ({ rate }, threads) => [...videoEncoding(rate), "-threads", String(threads)],
};

/**
 * One key frame in the place of a take's frame that others refer to. What is not right in it is seen in them, too, so it is encoded to be
 * told from the take's by no eye.
 */
export const ANCHOR: PictureCodec = {
  ...H264,
  name: "h264-anchor",
  words: (screen, threads) => [...H264.words(screen, threads), "-crf", "8"],
};

/** For browsers: small, a key frame every second so that scrubbing stays quick. */
export const PREVIEW: PictureCodec = {
  name: "preview",
  holds: "mp4",
  pixelFormat: "yuv420p",
  words: ({ rate }, threads) => [
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-profile:v", "main", "-bf", "0"],
    ...["-g", String(nominalRate(rate)), "-x264-params", "stitchable=1:open-gop=0", ...BT709],
    ...["-threads", String(threads)],
  ],
};

/** Main profile, closed groups of two seconds; `hvc1`, which Apple's players ask for. */
const H265: PictureCodec = {
  name: "h265",
  holds: "mp4",
  pixelFormat: "yuv420p",
  words: ({ rate }, threads) => [
    ...["-c:v", "libx265", "-preset", "fast", "-crf", "21", "-tag:v", "hvc1", ...BT709],
    "-x265-params",
    `log-level=error:info=0:open-gop=0:keyint=${nominalRate(rate) * 2}:pools=${threads}:frame-threads=1`,
  ],
};

const PRORES: PictureCodec = {
  name: "prores-hq",
  holds: "mov",
  pixelFormat: "yuv422p10le",
  words: (_, threads) => [
    ...["-c:v", "prores_ks", "-profile:v", "3", "-vendor", "apl0", ...BT709, "-threads", String(threads)],
  ],
};

function dnxhr(profile: "dnxhr_hq" | "dnxhr_hqx", pixelFormat: string): PictureCodec {
  return {
    name: profile,
    holds: "mov",
    pixelFormat,
    words: (_, threads) => [
      ...["-c:v", "dnxhd", "-profile:v", profile, ...BT709, "-threads", String(threads)],
    ],
  };
}

/** One pass at constant quality. */
const VP9: PictureCodec = {
  name: "vp9",
  holds: "ivf",
  pixelFormat: "yuv420p",
  words: (_, threads) => [
    ...["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-deadline", "good", "-cpu-used", "4"],
    ...["-row-mt", "1", "-threads", String(threads), ...BT709],
  ],
};

const PNG: PictureCodec = {
  name: "png",
  holds: "png",
  pixelFormat: "rgb24",
  // The filter that most pictures get smallest with; trying all of them takes four times as long for a hundredth.
  words: () => ["-c:v", "png", "-pred", "paeth", "-compression_level", "3"],
};

/** How a film's picture is encoded on a processor; null: the format is a still. */
export function codecOf(format: FilmFormat): PictureCodec | null {
  switch (format) {
    case "mp4-h264":
      return H264;
    case "mp4-h265":
      return H265;
    case "mov-prores":
      return PRORES;
    case "mov-dnxhr":
      return dnxhr("dnxhr_hqx", "yuv422p10le");
    case "mov-dnxhr-hq":
      return dnxhr("dnxhr_hq", "yuv422p");
    case "webm":
      return VP9;
    case "png-sequence":
      return PNG;
    case "poster":
    case "contact-sheet":
      return null;
  }
}

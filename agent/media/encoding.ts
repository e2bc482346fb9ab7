import { nominalRate, type Rate } from "../../shared/time/rate.ts";

/**
 * The one way takes and films are encoded: H.264 without reordered frames, a key frame at least every half second,
 * and headers that depend on size and rate only (`stitchable`), so that pieces of different takes can follow one
 * another in one stream without being encoded again.
 */
export function videoEncoding(rate: Rate): string[] {
  return [
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-profile:v", "high", "-pix_fmt", "yuv420p"],
    ...["-bf", "0", "-g", String(Math.max(1, Math.floor(nominalRate(rate) / 2)))],
    ...["-x264-params", "stitchable=1:open-gop=0"],
    ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    // Else the headers tell where a JPEG had its chroma.
    ...["-chroma_sample_location", "left"],
  ];
}

export const AUDIO_RATE = 48_000;
/**
 * The fast coder takes 0.2 to 0.4 of the time of the other on speech and music. At 192 kb/s it has 2 to 8 dB less noise on speech up to
 * 16 kHz; on dense, noisy chords less up to 8 kHz and 6 dB more above.
 */
export const AUDIO_ENCODING: readonly string[] = [
  ...["-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k", "-ar", String(AUDIO_RATE), "-ac", "2"],
];

export interface Fit {
  /** Width to height of a pixel of the film; square by default. */
  aspect?: readonly [number, number];
  /** Square-pixel 4:2:0 of 8 bits by default. */
  pixelFormat?: string;
  /** The picture is transparent in places: black shows through. */
  alpha?: boolean;
}

/** Filters that bring any picture to `width` x `height`: scaled with its aspect kept, black where it does not reach. */
export function fit(width: number, height: number, options: Fit = {}): string {
  const { aspect: [wide, high] = [1, 1], pixelFormat = "yuv420p", alpha } = options;
  return [
    // Colour under what is transparent is whatever the encoder left there.
    ...(alpha ? ["format=gbrap", "premultiply=inplace=1", "format=gbrp"] : []),
    // Anamorphic sources first get the film's pixels.
    `scale=trunc(iw*sar*${high}/${wide}/2)*2:ih:flags=bicubic`,
    "setsar=1",
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic${
      coloursOf(pixelFormat)
    }`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
    `setsar=${wide}/${high}`,
    `format=${pixelFormat}`,
  ].join(",");
}

/** Video is BT.709 within its limits, a JPEG BT.601 in full (JFIF); RGB knows neither. */
function coloursOf(pixelFormat: string): string {
  if (/^(rgb|gbr)/.test(pixelFormat)) return "";
  return pixelFormat.startsWith("yuvj")
    ? ":out_color_matrix=bt601:out_range=pc"
    : ":out_color_matrix=bt709:out_range=tv";
}

export function rateText(rate: Rate): string {
  return `${rate.num}/${rate.den}`;
}

/** `video_track_timescale` in which every frame is a whole number of ticks. */
export function timescale(rate: Rate): string {
  return String(rate.den === 1 ? rate.num * 512 : rate.num);
}

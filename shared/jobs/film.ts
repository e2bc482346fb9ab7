import { z } from "zod";

/** What a film can be delivered as. The first is the default and the only one whose takes are copied unchanged. */
export const FilmFormat = z.enum([
  "mp4-h264",
  "mp4-h265",
  "mov-prores",
  "mov-dnxhr",
  "mov-dnxhr-hq",
  "webm",
  "png-sequence",
  "poster",
  "contact-sheet",
]);
export type FilmFormat = z.infer<typeof FilmFormat>;

export interface FormatFacts {
  label: string;
  extension: "mp4" | "mov" | "webm" | "zip" | "png";
  contentType: string;
  /** Roughly, of each frame. */
  bytesPerPixel: number;
  /** Picture that runs, with sound; else one picture. */
  runs: boolean;
}

export const FILM_FORMATS: Readonly<Record<FilmFormat, FormatFacts>> = {
  "mp4-h264": {
    ...{ label: "MP4 · H.264", extension: "mp4", contentType: "video/mp4" },
    ...{ bytesPerPixel: 0.1, runs: true },
  },
  "mp4-h265": {
    ...{ label: "MP4 · H.265", extension: "mp4", contentType: "video/mp4" },
    ...{ bytesPerPixel: 0.06, runs: true },
  },
  "mov-prores": {
    ...{ label: "QuickTime · ProRes 422 HQ", extension: "mov", contentType: "video/quicktime" },
    ...{ bytesPerPixel: 0.6, runs: true },
  },
  "mov-dnxhr": {
    ...{ label: "QuickTime · DNxHR HQX, 10 bit", extension: "mov", contentType: "video/quicktime" },
    ...{ bytesPerPixel: 0.45, runs: true },
  },
  "mov-dnxhr-hq": {
    ...{ label: "QuickTime · DNxHR HQ, 8 bit", extension: "mov", contentType: "video/quicktime" },
    ...{ bytesPerPixel: 0.45, runs: true },
  },
  "webm": {
    ...{ label: "WebM · VP9", extension: "webm", contentType: "video/webm" },
    ...{ bytesPerPixel: 0.1, runs: true },
  },
  "png-sequence": {
    ...{ label: "PNG sequence with WAV · ZIP", extension: "zip", contentType: "application/zip" },
    ...{ bytesPerPixel: 2.2, runs: true },
  },
  "poster": {
    ...{ label: "Poster · PNG", extension: "png", contentType: "image/png" },
    ...{ bytesPerPixel: 0, runs: false },
  },
  "contact-sheet": {
    ...{ label: "Contact sheet · PNG", extension: "png", contentType: "image/png" },
    ...{ bytesPerPixel: 0, runs: false },
  },
};

/** Integrated loudness that a film can be brought to (EBU R128), LUFS, and who asks for it. */
export const LOUDNESS = [
  { lufs: -23, label: "Broadcast, EBU R128 (−23 LUFS)" },
  { lufs: -16, label: "Web and podcasts (−16 LUFS)" },
  { lufs: -14, label: "Streaming platforms (−14 LUFS)" },
] as const;

/** Letters of a watermark, and of the text of credits. */
export const WATERMARK_LENGTH = 60;
export const CREDITS_LENGTH = 4000;

export const RenderOptions = z.strictObject({
  format: FilmFormat.default("mp4-h264"),
  /** A review copy: shot, take and timecode in the picture. */
  burn_in: z.boolean().default(false),
  /** Words across the picture: "Confidential, for J. Doe". */
  watermark: z.string().trim().min(1).max(WATERMARK_LENGTH).optional(),
  /** LUFS; absent: as it is mixed. */
  loudness: z.literal([-23, -16, -14]).optional(),
  /** End titles that roll after the last shot. */
  credits: z.strictObject({
    /** Line by line; an empty line is a space. */
    text: z.string().max(CREDITS_LENGTH).default(""),
    /** Names the machines that made the takes, too. */
    lenders: z.boolean().default(true),
  }).optional(),
});
export type RenderOptions = z.infer<typeof RenderOptions>;

/** The format of a film by the ending of its path: for those of before their format was kept. */
export function filmFormatOf(path: string): FilmFormat {
  const found = FilmFormat.options.find((each) => path.endsWith(`.${FILM_FORMATS[each].extension}`));
  return found ?? "mp4-h264";
}

import { z } from "zod";

/** What a film can be delivered as. The first is the default and the only one whose takes are copied unchanged. */
export const FilmFormat = z.enum(["mp4-h264", "mov-prores", "webm"]);
export type FilmFormat = z.infer<typeof FilmFormat>;

export const FILM_FORMATS: Readonly<
  Record<
    FilmFormat,
    { label: string; extension: "mp4" | "mov" | "webm"; contentType: string; bytesPerPixel: number }
  >
> = {
  "mp4-h264": { label: "MP4 · H.264", extension: "mp4", contentType: "video/mp4", bytesPerPixel: 0.1 },
  "mov-prores": {
    ...{ label: "QuickTime · ProRes 422 HQ", extension: "mov", contentType: "video/quicktime" },
    bytesPerPixel: 0.6,
  },
  "webm": { label: "WebM · VP9", extension: "webm", contentType: "video/webm", bytesPerPixel: 0.1 },
};

export const RenderOptions = z.strictObject({
  format: FilmFormat.default("mp4-h264"),
  /** A review copy: shot, take and timecode in the picture. */
  burn_in: z.boolean().default(false),
});
export type RenderOptions = z.infer<typeof RenderOptions>;

/** The format of a film by the ending of its path. */
export function filmFormatOf(path: string): FilmFormat {
  const found = FilmFormat.options.find((each) => path.endsWith(`.${FILM_FORMATS[each].extension}`));
  return found ?? "mp4-h264";
}

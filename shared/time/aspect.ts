import { z } from "zod";

/** Width to height of one pixel, as "64:45"; "1:1" is square. */
export const PixelAspect = z.string().regex(/^[1-9]\d{0,3}:[1-9]\d{0,3}$/, 'must be like "1:1" or "64:45"')
  .refine((text) => {
    const [width, height] = aspectOf(text);
    return width / height >= 0.25 && width / height <= 4;
  }, "must lie between 1:4 and 4:1");
export type PixelAspect = z.infer<typeof PixelAspect>;

/** The aspects that are met in the field (ITU-R BT.601 as broadcasters round it, HDV, anamorphic). */
export const PIXEL_ASPECTS: readonly { aspect: PixelAspect; label: string }[] = [
  { aspect: "1:1", label: "Square" },
  { aspect: "16:15", label: "PAL 4:3 (16:15)" },
  { aspect: "64:45", label: "PAL 16:9 (64:45)" },
  { aspect: "8:9", label: "NTSC 4:3 (8:9)" },
  { aspect: "32:27", label: "NTSC 16:9 (32:27)" },
  { aspect: "4:3", label: "HDV 1440 (4:3)" },
  { aspect: "2:1", label: "Anamorphic (2:1)" },
];

/** [width, height] */
export function aspectOf(text: string): [number, number] {
  return text.split(":").map(Number) as [number, number];
}

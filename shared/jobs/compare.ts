import { z } from "zod";
import { MediaFacts } from "../agents/protocol.ts";

/** What a machine with ffmpeg can do beside films: say how alike pictures are. */
export const COMPARE = "compare";

/** Sides of the grey picture that frames are brought to before they are compared, pixels: small enough to forget noise and codecs. */
export const COMPARED_SIDE = 32;
/** Frames of a clip that are looked at, spread evenly. */
export const COMPARED_FRAMES = 48;

/** How alike one pair is, frame by frame; arrays are as long as there are frames that both have. */
export const Likeness = z.object({
  /** Names of the two inputs. */
  a: z.string().max(10),
  b: z.string().max(10),
  /** Peak signal to noise of the small grey pictures, dB; 99: the same. */
  psnr: z.array(z.number()).max(COMPARED_FRAMES),
  /** Bits of the difference hash (64) that differ. */
  hash: z.array(z.int().min(0).max(64)).max(COMPARED_FRAMES),
});
export type Likeness = z.infer<typeof Likeness>;

/** What a comparison reports, in `made_with.comparison`. The gateway decides what it means. */
export const Comparison = z.object({
  /** By input: why its file is no picture at all. */
  unreadable: z.record(z.string(), z.string().max(500)).default({}),
  /** By input: what its file really is. */
  media: z.record(z.string(), MediaFacts),
  /** By input: spread of its grey values (standard deviation, 0 to 128), of the frame where it is greatest. */
  contrast: z.record(z.string(), z.number()),
  pairs: z.array(Likeness).max(3),
});
export type Comparison = z.infer<typeof Comparison>;

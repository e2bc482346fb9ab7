import { fitFrames } from "../../shared/runners/length.ts";

export interface Size {
  width: number;
  height: number;
}

export interface PictureLimits {
  /** Pixels. */
  maxArea?: number | undefined;
  maxWidth?: number | undefined;
  maxHeight?: number | undefined;
  /** Both sides are multiples of it. */
  step: number;
}

/**
 * The largest picture of about this shape, no larger than asked, that a runner can make: sides in steps, area within the
 * limit. The result never exceeds `maxArea` unless a single step by a single step does.
 */
export function fitPicture({ width, height }: Size, limits: PictureLimits): Size {
  const { maxArea = Infinity, maxWidth = Infinity, maxHeight = Infinity, step } = limits;
  const scale = Math.min(1, Math.sqrt(maxArea / (width * height)), maxWidth / width, maxHeight / height);
  let fitted = {
    width: toStep(width * scale, step, maxWidth),
    height: toStep(height * scale, step, maxHeight),
  };
  // Rounding to the nearest step can go over the limit: take it back on the side that changes the shape least.
  while (fitted.width * fitted.height > maxArea) {
    const narrower = { ...fitted, width: fitted.width - step };
    const lower = { ...fitted, height: fitted.height - step };
    if (narrower.width < step && lower.height < step) break;
    const pick = lower.height < step ||
        (narrower.width >= step && distortion(narrower, width, height) <= distortion(lower, width, height))
      ? narrower
      : lower;
    fitted = pick;
  }
  return fitted;
}

function toStep(side: number, step: number, max: number): number {
  return Math.max(step, Math.min(Math.round(side / step), Math.floor(max / step)) * step);
}

function distortion(size: Size, width: number, height: number): number {
  return Math.abs(Math.log((size.width / size.height) / (width / height)));
}

/**
 * Frames that a video model must make to cover `frames` at the project's rate: converted to its own rate, and up to the next
 * number of the form `step * k + offset` that it accepts.
 */
export function framesToMake(
  frames: number,
  { fps, nativeFps, step, offset }: {
    fps: number;
    nativeFps?: number | undefined;
    step: number;
    offset: number;
  },
): number {
  const needed = nativeFps === undefined ? frames : Math.ceil(Number((frames / fps * nativeFps).toFixed(6)));
  return fitFrames(needed, { step, offset });
}

/** "1.0 MP" */
export function megapixels(area: number): string {
  return `${(area / 1e6).toFixed(area < 1e6 ? 2 : 1)} MP`;
}

/**
 * Sizes and lengths that a tier can make. Pure; the gateway uses it at submission, so that what is queued is
 * what will be made.
 */

export interface Size {
  width: number;
  height: number;
}

export interface SizeLimits {
  /** Largest picture, pixels (area, not sides); absent or null is unlimited. */
  maxArea?: number | null;
  /** Both sides must be multiples of this. */
  step: number;
}

/** No model and no encoder makes a longer side. */
const LONGEST_SIDE = 16_384;

/**
 * The largest size of nearly the same shape that the limits allow; never larger than asked for but by rounding to
 * the nearest step, and the sides are at least one step. A size that already fits comes back unchanged.
 */
export function fitSize(width: number, height: number, { maxArea, step }: SizeLimits): Size {
  const limit = maxArea ?? Infinity;
  const asked = { width: side(width), height: side(height) };
  const shrink = Math.min(1, Math.sqrt(limit / (asked.width * asked.height)));
  let fitted = {
    width: toStep(asked.width * shrink, step),
    height: toStep(asked.height * shrink, step),
  };
  // Rounding up may have left the area: give back one step at a time from the side that was rounded up most.
  while (fitted.width * fitted.height > limit && (fitted.width > step || fitted.height > step)) {
    const wide = fitted.width / (asked.width * shrink);
    const tall = fitted.height / (asked.height * shrink);
    const narrower = fitted.height === step || (wide >= tall && fitted.width > step);
    fitted = narrower
      ? { width: fitted.width - step, height: fitted.height }
      : { width: fitted.width, height: fitted.height - step };
  }
  return fitted;
}

export interface FrameLimits {
  /** A length must be `step * k + offset`. */
  step: number;
  offset: number;
  /** Most frames in one take; absent or null is unlimited. */
  max?: number | null;
}

/**
 * The shortest length the model can make that holds `frames`, or the longest it can make when that is less: what is
 * too long is cut afterwards, what is missing cannot be invented. At least one frame.
 */
export function fitFrames(frames: number, { step, offset, max }: FrameLimits): number {
  const asked = Math.max(1, Math.round(Number.isFinite(frames) ? frames : 1));
  const least = offset >= 1 ? offset : step + offset;
  const up = Math.max(least, Math.ceil((asked - offset) / step) * step + offset);
  if (max === undefined || max === null || up <= max) return up;
  return Math.max(least, Math.floor((max - offset) / step) * step + offset);
}

function side(pixels: number): number {
  if (!Number.isFinite(pixels)) return 1;
  return Math.min(LONGEST_SIDE, Math.max(1, Math.round(pixels)));
}

function toStep(pixels: number, step: number): number {
  return Math.max(step, Math.round(pixels / step) * step);
}

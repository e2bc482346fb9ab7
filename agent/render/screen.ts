import type { Rate } from "../../shared/time/rate.ts";

/** The film's picture. */
export interface Screen {
  rate: Rate;
  width: number;
  height: number;
  /** Width to height of a pixel. */
  aspect: readonly [number, number];
}

/** The same film small, for browsers: square pixels, at most `width` of them a line. */
export function smaller(screen: Screen, width: number): Screen {
  const shown = (screen.width * screen.aspect[0]) / screen.aspect[1];
  const scale = Math.min(1, width / shown);
  const even = (pixels: number) => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  return { rate: screen.rate, width: even(shown), height: even(screen.height), aspect: [1, 1] };
}

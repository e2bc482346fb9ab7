import { framesOf, type Rate } from "../time/rate.ts";

/** Lines of end titles at most; a film's names beyond that want a title program. */
export const MOST_LINES = 200;

/** Frames over which so many lines roll: a line is read in 0.8 seconds, and the roll takes four at least. */
export function creditsFrames(lines: number, rate: Rate): number {
  return framesOf(Math.max(4, 3 + lines * 0.8), rate);
}

import { z } from "zod";

/** A frame rate as a rational, frames per second. 23.976 is 24000/1001; it is never a float. */
export interface Rate {
  num: number;
  den: number;
}

/** The rates a project can have, by the name people use. */
export const RATES = {
  "23.976": { num: 24000, den: 1001 },
  "24": { num: 24, den: 1 },
  "25": { num: 25, den: 1 },
  "29.97": { num: 30000, den: 1001 },
  "30": { num: 30, den: 1 },
  "50": { num: 50, den: 1 },
  "59.94": { num: 60000, den: 1001 },
  "60": { num: 60, den: 1 },
} as const satisfies Record<string, Rate>;

export const RateName = z.enum(["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]);
export type RateName = z.infer<typeof RateName>;

/** Frames counted per second of timecode: 24 for 23.976, 30 for 29.97, 60 for 59.94. */
export function nominalRate(rate: Rate): number {
  return Math.round(rate.num / rate.den);
}

export function secondsOf(frames: number, rate: Rate): number {
  return (frames * rate.den) / rate.num;
}

/** Nearest whole frame to a time. */
export function framesOf(seconds: number, rate: Rate): number {
  return Math.round((seconds * rate.num) / rate.den);
}

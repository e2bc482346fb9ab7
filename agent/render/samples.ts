import type { Rate } from "../../shared/time/rate.ts";
import { AUDIO_RATE } from "../media/mod.ts";
import { BYTES } from "./mix.ts";

/** Samples of the film, from the first to before the last. */
export interface Span {
  from: number;
  to: number;
}

/** Samples before a frame begins. */
export function samplesAt(frame: number, rate: Rate): number {
  return Math.round((frame * rate.den * AUDIO_RATE) / rate.num);
}

/** Bytes of raw sound in so many frames. */
export function soundBytes(frames: number, rate: Rate): number {
  return samplesAt(frames, rate) * BYTES;
}

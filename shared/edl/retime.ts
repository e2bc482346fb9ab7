import { nominalRate, type Rate } from "../time/rate.ts";
import type { EdlEvent } from "./model.ts";

/**
 * A run of a take at another speed. Frame i of it shows the take's frame
 * `base + floor((phase + i) * num / den)`; backwards (num below 0) `base - floor((phase + i) * -num / den)`; num 0 holds `base`.
 */
export interface Retime {
  /** Frame of the take that the event begins with. */
  base: number;
  /** Frames of the event that came before this run. */
  phase: number;
  num: number;
  den: number;
}

/**
 * How an event is played: `used` frames of source under its frames of record. An M2 line that contradicts the source out
 * counts, as lists by other programs leave the out of an unchanged clip there. null is normal speed.
 */
export function speedOf(
  event: EdlEvent,
  rate: Rate,
): { used: number; backwards: boolean; held: boolean } | null {
  const used = event.source.out - event.source.in;
  const length = event.record.out - event.record.in;
  const { speed } = event;
  if (length === 0) return null;
  if (speed === undefined) return used === length ? null : { used, backwards: false, held: false };
  if (speed === 0) return { used: 1, backwards: false, held: true };
  const ratio = Math.abs(speed) / nominalRate(rate);
  const said = length * ratio;
  // M2 has one decimal, and lengths are whole frames of source and of film.
  const apart = Math.abs(used - said) > 1 + ratio + (0.06 * length) / nominalRate(rate);
  const counts = apart ? Math.max(1, Math.round(said)) : used;
  if (speed > 0 && counts === length) return null;
  return { used: counts, backwards: speed < 0, held: false };
}

/** The take's frame that frame `index` of a run shows. */
export function frameOf(
  { start, retime }: { start: number; retime?: Retime | undefined },
  index: number,
): number {
  if (!retime) return start + index;
  const { base, phase, num, den } = retime;
  const moved = Math.floor(((phase + index) * Math.abs(num)) / den);
  return num < 0 ? base - moved : base + moved;
}

/** What M2 says of `percent` of normal speed: frames a second. */
export function framesPerSecond(percent: number, rate: Rate): number {
  const said = Math.round((Math.abs(percent) * nominalRate(rate)) / 10) / 10;
  // One decimal: what is slower is not held.
  return percent === 0 ? 0 : Math.sign(percent) * Math.max(0.1, said);
}

/** Frames of film that `used` frames of a take last at `percent` of normal speed. */
export function lengthAt(used: number, percent: number): number {
  if (used <= 0) return 0;
  return percent === 0 ? used : Math.max(1, Math.round((used * 100) / Math.abs(percent)));
}

/**
 * Percent of normal speed at which `used` frames last `length` and M2 says `said` frames a second: as tidy as both allow. Where
 * they contradict each other, the frames count.
 */
export function percentOf(used: number, length: number, said: number, rate: Rate): number {
  const nominal = nominalRate(rate);
  const sign = said < 0 ? -1 : 1;
  const named = Math.abs(said) * 100 / nominal;
  const exact = (used * 100) / length;
  // M2 has one decimal: what lies within half of it is written the same.
  const [low, high] = [0.05 - 1e-7, 0.05 - 1e-7].map((by, i) =>
    ((Math.abs(said) + (i ? by : -by)) * 100) / nominal
  );
  const tidy = [Math.round(named), Math.round(named * 10) / 10, Math.round(named * 100) / 100, named];
  const fits = [...tidy, Math.round(exact * 100) / 100, Math.min(high!, Math.max(low!, exact))].find((
    percent,
  ) =>
    percent >= 1 && lengthAt(used, percent) === length &&
    Math.abs(framesPerSecond(percent, rate)) === Math.abs(said)
  );
  return sign * (fits ?? exact);
}

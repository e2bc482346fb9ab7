import { nominalRate, type Rate } from "./rate.ts";

/**
 * SMPTE ST 12-1 timecode: frames since midnight, written HH:MM:SS:FF. 23.976 is counted as 24 and 59.94 as 60.
 * Drop-frame exists for 29.97 and 59.94 only: the first 2 (4) frame numbers of every minute but each tenth are left
 * out, so that the clock keeps time with the wall. It is written with a semicolon before the frames.
 */

export class TimecodeError extends Error {
  override name = "TimecodeError";
}

export interface TimecodeOptions {
  /** Count in drop-frame. Default false. */
  drop?: boolean;
}

/** Drop-frame can be counted at this rate. */
export function canDrop(rate: Rate): boolean {
  return rate.den === 1001 && (rate.num === 30000 || rate.num === 60000);
}

/** Frames in 24 hours of timecode. */
export function framesPerDay(rate: Rate, options: TimecodeOptions = {}): number {
  const all = nominalRate(rate) * 86_400;
  return options.drop ? all - droppedPerMinute(rate) * 9 * 6 * 24 : all;
}

/** Whole frames since midnight as timecode; what passes midnight begins anew, as the clock does. */
export function formatTimecode(frame: number, rate: Rate, options: TimecodeOptions = {}): string {
  if (!Number.isSafeInteger(frame)) {
    throw new TimecodeError(`Cannot write frame ${frame}: it is no whole number.`);
  }
  const day = framesPerDay(rate, options);
  let count = ((frame % day) + day) % day;
  if (options.drop) count += droppedBefore(count, rate);
  const nominal = nominalRate(rate);
  const seconds = Math.floor(count / nominal);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${clock}${options.drop ? ";" : ":"}${two(count % nominal)}`;
}

/**
 * Timecode as whole frames since midnight. A semicolon (or a full stop) before the frames means drop-frame, and `drop`
 * says so for the colons of lists whose heading says it. Throws {@link TimecodeError} with what is wrong.
 */
export function parseTimecode(text: string, rate: Rate, options: TimecodeOptions = {}): number {
  const match = /^(\d{1,2})[:;.](\d{1,2})[:;.](\d{1,2})([:;.,])(\d{1,2})$/.exec(text.trim());
  if (!match) throw new TimecodeError(`"${text}" is no timecode; it is written like 01:00:05:12.`);
  const [hours, minutes, seconds, frames] = [match[1], match[2], match[3], match[5]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const drop = options.drop || match[4] !== ":";
  const nominal = nominalRate(rate);
  if (drop && !canDrop(rate)) {
    throw new TimecodeError(`"${text}" is drop-frame, which exists at 29.97 and 59.94 frames a second only.`);
  }
  if (hours > 23) throw new TimecodeError(`"${text}" has ${hours} hours; a day has 24, counted from 00.`);
  if (minutes > 59) throw new TimecodeError(`"${text}" has ${minutes} minutes; 59 is the last.`);
  if (seconds > 59) throw new TimecodeError(`"${text}" has ${seconds} seconds; 59 is the last.`);
  if (frames >= nominal) {
    throw new TimecodeError(
      `"${text}" has frame ${frames}; at this rate a second counts ${nominal} frames, from 00 to ${
        nominal - 1
      }.`,
    );
  }
  const count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames;
  if (!drop) return count;
  const missing = droppedPerMinute(rate);
  if (minutes % 10 !== 0 && seconds === 0 && frames < missing) {
    throw new TimecodeError(
      `"${text}" does not exist: drop-frame leaves out the first ${missing} of this minute.`,
    );
  }
  const passed = hours * 60 + minutes;
  return count - missing * (passed - Math.floor(passed / 10));
}

function droppedPerMinute(rate: Rate): number {
  if (!canDrop(rate)) {
    throw new TimecodeError(`There is no drop-frame timecode at ${rate.num}/${rate.den} frames a second.`);
  }
  return nominalRate(rate) / 15;
}

/** Frame numbers left out before the frame that comes `real` frames after midnight. */
function droppedBefore(real: number, rate: Rate): number {
  const missing = droppedPerMinute(rate);
  const nominal = nominalRate(rate);
  const minute = nominal * 60 - missing;
  const ten = nominal * 600 - missing * 9;
  const rest = real % ten;
  // The first minute of ten is whole, `missing` frames longer than the nine after it.
  const minutes = rest < nominal * 60 ? 0 : 1 + Math.floor((rest - nominal * 60) / minute);
  return missing * (9 * Math.floor(real / ten) + minutes);
}

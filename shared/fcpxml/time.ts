import { nominalRate, type Rate } from "../time/rate.ts";
import { FcpxmlError } from "./xml.ts";

/** A time in seconds as a fraction, as FCPXML counts. `den` is above 0. */
export interface Fraction {
  num: bigint;
  den: bigint;
}

/** Frames as seconds: "1001/24000s", "5s". */
export function timeText(frames: number, rate: Rate): string {
  return fractionText({ num: BigInt(frames) * BigInt(rate.den), den: BigInt(rate.num) });
}

export function fractionText(time: Fraction): string {
  const { num, den } = reduced(time);
  return den === 1n ? `${num}s` : `${num}/${den}s`;
}

/** "1001/24000s", "5s" or "2.5s"; {@link FcpxmlError} for what is no time. */
export function parseTime(text: string, what: string, line: number): Fraction {
  const match = /^(-?\d{1,30})(?:\/(\d{1,30}))?s$/.exec(text.trim());
  if (match && BigInt(match[2] ?? 1) > 0n) return { num: BigInt(match[1]!), den: BigInt(match[2] ?? 1) };
  const decimal = /^(-?\d{1,15})\.(\d{1,12})s$/.exec(text.trim());
  if (decimal) {
    const den = 10n ** BigInt(decimal[2]!.length);
    return { num: BigInt(decimal[1]! + decimal[2]!), den };
  }
  throw new FcpxmlError(`a time like "1001/24000s" or "5s" was expected for ${what}, found "${text}".`, line);
}

export function add(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den };
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return add(a, { num: -b.num, den: b.den });
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { num: a.num * b.num, den: a.den * b.den };
}

/** a through b, which is not 0. */
export function over(a: Fraction, b: Fraction): Fraction {
  return b.num < 0n
    ? { num: -a.num * b.den, den: a.den * -b.num }
    : { num: a.num * b.den, den: a.den * b.num };
}

export function numberOf({ num, den }: Fraction): number {
  return Number(num) / Number(den);
}

/** Nearest whole number. */
export function rounded({ num, den }: Fraction): number {
  const twice = 2n * num + den;
  const below = twice >= 0n ? twice / (2n * den) : -((-twice + 2n * den - 1n) / (2n * den));
  return Number(below);
}

export function isWhole({ num, den }: Fraction): boolean {
  return num % den === 0n;
}

function reduced({ num, den }: Fraction): Fraction {
  let [a, b] = [num < 0n ? -num : num, den];
  while (b) [a, b] = [b, a % b];
  return a === 0n ? { num: 0n, den: 1n } : { num: num / a, den: den / a };
}

/** Both count as many frames a second of timecode: 24 and 23.976. */
export function sameCount(a: Rate, b: Rate): boolean {
  return nominalRate(a) === nominalRate(b) && Math.abs((a.num * b.den) / (a.den * b.num) - 1) < 0.002;
}

import { COMPARED_FRAMES, COMPARED_SIDE, type Likeness } from "../../shared/jobs/compare.ts";

/** One small frame: rows of red, green, blue. */
export type Small = Uint8Array;

export const SMALL_BYTES = COMPARED_SIDE * COMPARED_SIDE * 3;
/** PSNR of two that are the same. */
const SAME_DB = 99;
/** Columns and rows of the difference hash: 64 bits, each between two neighbours. */
const HASH_COLUMNS = 9;
const HASH_ROWS = 8;
/** Levels of grey that neighbours must differ by to say anything: in an even sky the sign of a difference is noise. */
const DEAD_ZONE = 3;

/** Which frames of so many are looked at: all, or evenly spread ones with the first and the last. */
export function framesToCompare(frames: number): number[] {
  if (frames <= COMPARED_FRAMES) return Array.from({ length: frames }, (_, at) => at);
  return Array.from(
    { length: COMPARED_FRAMES },
    (_, at) => Math.round((at * (frames - 1)) / (COMPARED_FRAMES - 1)),
  );
}

export function compare(a: readonly Small[], b: readonly Small[]): Pick<Likeness, "psnr" | "hash"> {
  const frames = Math.min(a.length, b.length);
  const at = framesToCompare(frames);
  return {
    psnr: at.map((frame) => psnr(a[frame]!, b[frame]!)),
    hash: at.map((frame) => hashDistance(a[frame]!, b[frame]!)),
  };
}

/** Peak signal to noise over all three colours, dB. */
export function psnr(a: Small, b: Small): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  if (sum === 0) return SAME_DB;
  return Math.min(SAME_DB, Math.round(100 * 10 * Math.log10(255 ** 2 / (sum / a.length))) / 100);
}

/** Of 64 neighbours, how many get brighter in one picture where they get darker in the other. */
export function hashDistance(a: Small, b: Small): number {
  const [of, other] = [slopes(a), slopes(b)];
  return of.filter((slope, at) => slope * other[at]! < 0).length;
}

/** Standard deviation of the greys: 0 for one even colour. */
export function contrastOf(small: Small): number {
  const greys = greysOf(small);
  const mean = greys.reduce((sum, grey) => sum + grey, 0) / greys.length;
  return Math.sqrt(greys.reduce((sum, grey) => sum + (grey - mean) ** 2, 0) / greys.length);
}

/** 1 brighter, -1 darker, 0 neither: between neighbours in a row, as in a difference hash (dHash). */
function slopes(small: Small): number[] {
  const greys = greysOf(small);
  const cell = (column: number, row: number) => {
    const [left, right] = [column, column + 1].map((x) => Math.floor((x * COMPARED_SIDE) / HASH_COLUMNS));
    const [top, bottom] = [row, row + 1].map((y) => Math.floor((y * COMPARED_SIDE) / HASH_ROWS));
    let sum = 0;
    for (let y = top!; y < bottom!; y++) {
      for (let x = left!; x < right!; x++) sum += greys[y * COMPARED_SIDE + x]!;
    }
    return sum / ((right! - left!) * (bottom! - top!));
  };
  const signs: number[] = [];
  for (let row = 0; row < HASH_ROWS; row++) {
    for (let column = 0; column + 1 < HASH_COLUMNS; column++) {
      const step = cell(column + 1, row) - cell(column, row);
      signs.push(Math.abs(step) < DEAD_ZONE ? 0 : Math.sign(step));
    }
  }
  return signs;
}

/** ITU-R BT.601, as pictures were always weighed for their greys. */
function greysOf(small: Small): number[] {
  return Array.from(
    { length: small.length / 3 },
    (_, at) => 0.299 * small[3 * at]! + 0.587 * small[3 * at + 1]! + 0.114 * small[3 * at + 2]!,
  );
}

import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { Comparison } from "../../shared/jobs/compare.ts";

/**
 * What still counts as the same picture. Two cards, drivers or attention kernels add up numbers in another order, and a sampler may carry that
 * on into small details: colours and composition stay. So frames are compared at 32 by 32 pixels, where details are gone.
 *
 * - `leastPsnr`, dB over small colours. JPEG at its worst, noise of 8 levels, a brightness off by a twentieth and a shift by a hundredth of the
 *   width stay above 24 (measured, agent/compare/compare_test.ts); two pictures that have nothing in common are at 5 to 14.
 * - `mostHash` of 64 slopes that point the other way: 0 to 4 in the cases above, about half of those that are steep in unrelated ones.
 * - The median of the frames decides, as a clip drifts a little where a picture does not; but a tenth of them that is off is too much: frames
 *   that were left out or put in.
 *
 * Not measured with real models on real cards; a runner whose results differ more than this is seen as `undecided` checks, and blames nobody.
 */
export const LIMITS = { leastPsnr: 18, mostHash: 12, worstPsnr: 13, worstHash: 20, flat: 2 };

export interface Judgement {
  alike: boolean;
  /** For people, without a full stop. */
  why: string;
}

/** Whether two of what was compared are the same. Sizes, lengths and rates must be so exactly. */
export function judge({ unreadable, media, contrast, pairs }: Comparison, a: string, b: string): Judgement {
  if (unreadable[a] !== undefined || unreadable[b] !== undefined) {
    return { alike: false, why: "one of the files is no picture that can be read" };
  }
  const pair = pairs.find((each) => each.a === a && each.b === b);
  const [of, other] = [media[a], media[b]];
  if (!pair || !of || !other || !pair.psnr.length || pair.psnr.length !== pair.hash.length) {
    throw new Error(`The comparison does not say how ${a} and ${b} compare`);
  }
  const shape = shapeFault(of, other);
  if (shape) return { alike: false, why: shape };
  const flat = [contrast[a]!, contrast[b]!].filter((each) => each < LIMITS.flat).length;
  if (flat === 1) return { alike: false, why: "one is of a single colour and the other is not" };
  const psnr = median(pair.psnr);
  const hash = median(pair.hash);
  const figures = `${psnr.toFixed(1)} dB, ${hash} of 64 slopes`;
  if (psnr < LIMITS.leastPsnr) return { alike: false, why: `the pictures differ (${figures})` };
  if (hash > LIMITS.mostHash) return { alike: false, why: `the pictures are built otherwise (${figures})` };
  const off =
    pair.psnr.filter((each, at) => each < LIMITS.worstPsnr || pair.hash[at]! > LIMITS.worstHash).length;
  if (off > pair.psnr.length / 10) {
    return { alike: false, why: `${off} of ${pair.psnr.length} frames differ (${figures})` };
  }
  return { alike: true, why: `the same (${figures})` };
}

function shapeFault(a: MediaFacts, b: MediaFacts): string | null {
  if (a.width !== b.width || a.height !== b.height) {
    return `one is ${a.width} × ${a.height} and the other ${b.width} × ${b.height}`;
  }
  if (a.frames !== b.frames) return `one has ${a.frames} frames and the other ${b.frames}`;
  return sameRate(a.rate, b.rate) ? null : `one runs at ${a.rate} and the other at ${b.rate}`;
}

function sameRate(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const [[n, d], [m, e]] = [a, b].map((rate) => rate.split("/").map(Number)) as [number[], number[]];
  return n! * e! === m! * d!;
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)]!;
}

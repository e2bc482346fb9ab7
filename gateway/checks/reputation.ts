import type { Reputation } from "../../shared/api/checks.ts";

/** Agreements since it was last wrong until a machine is known. */
export const PROBATION = 5;
/** 90 % certain, on one side. */
const Z = 1.2816;

export interface Standing {
  score: number;
  agreed: number;
  disagreed: number;
  agreed_since: number;
}

/**
 * What a machine is right in at least, with 90 % certainty, in percent: the lower bound of Wilson's score interval. 5 of 5 are 75, 20 of 20 are
 * 92, 19 of 20 are 84; none of none is 0.
 */
export function scoreOf(agreed: number, disagreed: number): number {
  const n = agreed + disagreed;
  if (n === 0) return 0;
  const share = agreed / n;
  const spread = Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  // Where nothing agreed, rounding could leave a little more or less than nothing.
  return Math.max(0, Math.floor((100 * (share + Z ** 2 / (2 * n) - spread)) / (1 + Z ** 2 / n) + 1e-9));
}

export function onProbation({ agreed_since }: Pick<Standing, "agreed_since">): boolean {
  return agreed_since < PROBATION;
}

/** A standing as people read it. */
export function reputationOf(standing: Standing): Reputation {
  const { score, agreed, disagreed } = standing;
  const probation = onProbation(standing);
  return { score, agreed, disagreed, probation, sentence: sentenceOf(standing, probation) };
}

function sentenceOf({ agreed, disagreed, agreed_since }: Standing, probation: boolean): string {
  const n = agreed + disagreed;
  const more = PROBATION - agreed_since;
  const until = probation
    ? ` On probation: ${more} more ${more === 1 ? "agreement" : "agreements"} to go.`
    : "";
  if (n === 0) return `Not checked yet.${until}`;
  const was = `${n} spot ${n === 1 ? "check" : "checks"}: ${agreed} agreed`;
  return disagreed === 0 ? `${was}.${until}` : `${was}, ${disagreed} found its work wrong.${until}`;
}

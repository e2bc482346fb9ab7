import { type Tier, TIERS } from "../tiers.ts";

/** Credits are counted in whole thousandths, so that sums are exact. */
export const CREDIT = 1000;
/** Credits that a minute of work without a card is worth. */
const CPU_WEIGHT = 0.1;
/** Times what such work usually takes that an attempt is counted for: working slowly earns nothing more. */
export const MOST_TIMES = 3;
/** Share of its cost that a job counts for in the fair order when it was paid for: so a film gets at most twice its turns. */
export const PAID_SHARE = 0.5;

/**
 * Credits that a minute of work of a tier is worth: by the memory that the tier asks for, which the gateway knows, and not by what a
 * card says of itself. A Low card's minute is 1.
 */
export function creditWeight(tier: Tier | null): number {
  return tier === null ? CPU_WEIGHT : TIERS[tier].minVramMb / TIERS.low.minVramMb;
}

/** What so many seconds of work are worth, in thousandths of a credit. @param usualS what such work usually takes; null: not known */
export function worth(seconds: number, tier: Tier | null, usualS: number | null = null): number {
  const counted = usualS === null ? seconds : Math.min(seconds, usualS * MOST_TIMES);
  return Math.round((Math.max(0, counted) / 60) * creditWeight(tier) * CREDIT);
}

/** What a job costs that is to come earlier, in thousandths, by the seconds that it should take: as much as it will earn its maker. */
export function priceOf(seconds: number, tier: Tier): number {
  return Math.max(1, Math.ceil((seconds / 60) * creditWeight(tier) * CREDIT));
}

/** "1.5", "12" */
export function creditText(thousandths: number): string {
  return (thousandths / CREDIT).toLocaleString("en", { maximumFractionDigits: 2, useGrouping: false });
}

/** The rule as whoever earns by it reads it. */
export const CREDIT_RULE =
  `A minute of work on a card earns ${creditWeight("low")} credit at Low, ${
    creditWeight("standard")
  } at Standard and ${
    creditWeight("high")
  } at High, by the memory that each asks for; a minute without a card (films, animatics) earns ${CPU_WEIGHT}. ` +
  `Only work that was delivered counts, seconds are the gateway's, and no job counts for more than ${MOST_TIMES} times what such ` +
  "work usually takes. Spot checks earn as all work does. Credits do not expire and are not for sale.";

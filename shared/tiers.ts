import { z } from "zod";

/** Quality tiers, from the smallest card to the largest. DESIGN.md 6. */
export const Tier = z.enum(["low", "standard", "high"]);
export type Tier = z.infer<typeof Tier>;

export interface TierLimits {
  /** As people say it: Low, Standard, High. */
  label: string;
  /** Label memory of the card the tier is meant for, GB. */
  cardGb: number;
  /** Least VRAM as the driver reports it, MiB: cards report less than their label. */
  minVramMb: number;
  /** Largest image, pixels (area, not sides); null is unlimited. */
  maxArea: number | null;
  maxControlNets: number | null;
  maxIpAdapters: number | null;
}

export const TIERS: Readonly<Record<Tier, TierLimits>> = {
  low: {
    label: "Low",
    cardGb: 12,
    minVramMb: 10 * 1024,
    maxArea: 768 * 768,
    maxControlNets: 1,
    maxIpAdapters: 0,
  },
  standard: {
    label: "Standard",
    cardGb: 16,
    minVramMb: 15 * 1024,
    maxArea: 1024 * 1024,
    maxControlNets: 1,
    maxIpAdapters: 1,
  },
  high: {
    label: "High",
    cardGb: 24,
    minVramMb: 22 * 1024,
    maxArea: null,
    maxControlNets: null,
    maxIpAdapters: null,
  },
};

/** Smallest first. */
export const TIER_ORDER: readonly Tier[] = ["low", "standard", "high"];

/** Tiers at and below `tier`, highest first: the order in which a fallback tries them. */
export function tiersFrom(tier: Tier): Tier[] {
  return TIER_ORDER.slice(0, TIER_ORDER.indexOf(tier) + 1).toReversed();
}

/** The tier below, or null for the lowest. */
export function tierBelow(tier: Tier): Tier | null {
  return TIER_ORDER[TIER_ORDER.indexOf(tier) - 1] ?? null;
}

/** The highest tier a card of `vramMb` (as reported) is meant for, or null when it is below Low. */
export function tierOfCard(vramMb: number): Tier | null {
  return TIER_ORDER.toReversed().find((tier) => vramMb >= TIERS[tier].minVramMb) ?? null;
}

import { ProblemError } from "../../shared/http/problem.ts";
import { capabilityOf, type RunnerManifest, type RunnerTier } from "../../shared/runners/manifest.ts";
import { type Tier, TIER_ORDER, TIERS, tiersFrom } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import { canServe, gigabytes, isReady, type Need, poolsOverlap } from "./fleet.ts";

/** What a job asks of a card when a runner makes it at a tier. */
export interface TierNeed {
  tier: Tier;
  capability: string;
  vram_mb: number;
  ram_mb: number;
  disk_mb: number;
  /** Best fit: whole GiB of VRAM. */
  fit: number;
}

export function needAt(manifest: RunnerManifest, tier: Tier): TierNeed | null {
  const at = manifest.tiers[tier];
  if (!at) return null;
  return {
    tier,
    capability: capabilityOf(manifest.id, tier),
    vram_mb: at.vram_mb,
    ram_mb: at.ram_mb,
    disk_mb: at.disk_mb,
    fit: Math.floor(at.vram_mb / 1024),
  };
}

export interface Choice extends TierNeed {
  /** "High asked, made at Standard: the largest card online has 16 GB." */
  fallback: string | null;
}

/**
 * The tier that a job is queued at: the one asked for if somebody online can make it, or nobody can make any; else the highest
 * below it that can be made, unless the project would rather wait. Never silent: `fallback` says so.
 *
 * `roster`: the agents that may have it.
 *
 * `allows` refuses tiers that could not hold what is asked (a shot longer than the tier's most); `holds` refuses agents whose
 * cards ran out of memory with as much before.
 */
export function chooseTier(
  manifest: RunnerManifest,
  asked: Tier,
  fallback: "lower" | "wait",
  { pool, place }: Pick<Need, "pool" | "place">,
  roster: AgentRow[],
  allows: (tier: RunnerTier) => boolean = () => true,
  holds: (agent: AgentRow, need: TierNeed) => boolean = () => true,
): Choice {
  const offered = tiersFrom(asked).filter((tier) => manifest.tiers[tier]);
  const top = offered[0];
  if (!top) throw notOffered(manifest, asked);
  const usable = offered.filter((tier) => tier === top || allows(manifest.tiers[tier]!));
  const serves = (agent: AgentRow, tier: Tier) =>
    canServe(agent, { ...needAt(manifest, tier)!, pool, place, runner: manifest.id });
  const served = usable.find((tier) =>
    roster.some((agent) => serves(agent, tier) && holds(agent, needAt(manifest, tier)!))
  );
  const chosen = fallback === "lower" ? served ?? top : top;
  const need = needAt(manifest, chosen)!;
  if (chosen === asked) return { ...need, fallback: null };
  const ranOut = roster.find((agent) => serves(agent, top));
  const why = chosen === top
    ? `${manifest.title} has no ${TIERS[asked].label}`
    : ranOut
    ? `${ranOut.name} ran out of memory with as much before`
    : missing(manifest, top, pool, roster);
  return { ...need, fallback: `${TIERS[asked].label} asked, made at ${TIERS[chosen].label}: ${why}.` };
}

/** Can anybody make it, at this tier or one that the project would accept instead? `can`: what counts as being able to; to begin at once, if it is left out. */
export function canBeServed(
  manifest: RunnerManifest,
  asked: Tier,
  fallback: "lower" | "wait",
  { pool, place }: Pick<Need, "pool" | "place">,
  roster: AgentRow[],
  can: typeof canServe = canServe,
): boolean {
  const tiers = fallback === "lower" ? tiersFrom(asked) : [asked];
  return tiers.some((tier) => {
    const need = needAt(manifest, tier);
    return need && roster.some((agent) => can(agent, { ...need, pool, place, runner: manifest.id }));
  });
}

/** Why nobody online makes it at this tier. */
function missing(manifest: RunnerManifest, tier: Tier, pool: string, roster: AgentRow[]): string {
  const need: Need = { ...needAt(manifest, tier)!, pool, runner: manifest.id };
  const ready = roster.filter((agent) => isReady(agent) && poolsOverlap(pool, agent.pools));
  const largest = Math.max(0, ...ready.flatMap((agent) => agent.facts.slots.map((slot) => slot.vram_mb)));
  return largest < need.vram_mb
    ? `the largest card online has ${gigabytes(largest)} GB`
    : `no agent online offers ${manifest.title} at ${TIERS[tier].label}`;
}

function notOffered(manifest: RunnerManifest, asked: Tier): ProblemError {
  const offered = TIER_ORDER.filter((tier) => manifest.tiers[tier]).map((tier) => TIERS[tier].label);
  return new ProblemError(
    "unprocessable",
    `${manifest.title} has no ${TIERS[asked].label} and nothing below it, only ${
      offered.join(" and ") || "no tier at all"
    }; ask for that, or choose another runner.`,
  );
}

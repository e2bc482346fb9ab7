import { capabilityOf, type RunnerManifest } from "../../shared/runners/manifest.ts";
import { type Tier, TIER_ORDER, tiersFrom } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import { canServe, isAbout, runnerOf } from "./fleet.ts";
import type { JobRow } from "./mod.ts";
import { needAt } from "./tier.ts";

/** What a lane of the queue asks of a card. */
export type LaneNeed = Pick<JobRow, "pool" | "place" | "capability" | "vram_mb" | "ram_mb" | "disk_mb">;

/** The highest tier below a lane's own that a card there could make now, of those that `allows`. */
export function lowerFor(
  { pool, place, capability }: Pick<LaneNeed, "pool" | "place" | "capability">,
  manifest: RunnerManifest,
  roster: readonly AgentRow[],
  allows: (tier: Tier) => boolean = () => true,
): Tier | null {
  const tier = TIER_ORDER.find((each) => capabilityOf(manifest.id, each) === capability);
  if (!tier) return null;
  return tiersFrom(tier).slice(1).find((each) => {
    const need = needAt(manifest, each);
    return need && allows(each) &&
      roster.some((agent) => canServe(agent, { ...need, pool, place, runner: manifest.id }));
  }) ?? null;
}

/** Somebody there could make it as it was asked for. A card that is busy or paused is there. */
export function anyAbout(lane: LaneNeed, roster: readonly AgentRow[]): boolean {
  const { pool, place, capability, vram_mb, ram_mb, disk_mb } = lane;
  const need = { pool, place, capability, vram_mb, ram_mb, disk_mb, runner: runnerOf(capability) };
  return roster.some((agent) => isAbout(agent, need));
}

/** Nobody there could, and somebody could a tier lower. */
export function onlyLower(
  lane: LaneNeed,
  manifest: RunnerManifest | null,
  roster: readonly AgentRow[],
): boolean {
  return manifest !== null && !anyAbout(lane, roster) && lowerFor(lane, manifest, roster) !== null;
}

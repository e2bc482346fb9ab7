import { type AgentRow, servedPools, tagsOf } from "../agents/mod.ts";
import type { JobRow, Taker } from "./mod.ts";
import { ANYWHERE_TRUSTED, placeAllows, type Placed } from "./place.ts";

/** What a job asks of an agent and one of its slots. */
export type Need =
  & Pick<JobRow, "pool" | "capability" | "runner" | "vram_mb" | "ram_mb" | "disk_mb">
  & Partial<Pick<JobRow, "id" | "project_id" | "place">>;

/** A project's pools as `jobs.pool` holds them: one word for the set, so that it can lead an index. */
export function poolKey(pools: readonly string[]): string {
  return [...new Set(pools)].toSorted().join("+");
}

export function poolsOverlap(key: string, pools: readonly string[]): boolean {
  return key.split("+").some((pool) => pools.includes(pool));
}

/** `flux-image` of `flux-image@standard`, `assemble` of `assemble`. */
export function runnerOf(capability: string): string {
  return capability.split("@", 1)[0]!;
}

/** As a place knows them. */
export function placedTaker({ agent_id, trust = "trusted", tags }: Taker): Placed {
  return { id: agent_id, trust, ...(tags ? { tags } : {}) };
}
export function placedAgent(agent: AgentRow): Placed {
  return { id: agent.id, trust: agent.trust, tags: tagsOf(agent) };
}

/** A waiting slot can do this job. */
export function takerFits(taker: Taker, need: Need): boolean {
  return poolsOverlap(need.pool, taker.pools) && taker.slot.capabilities.includes(need.capability) &&
    taker.slot.vram_mb >= need.vram_mb && taker.ram_mb >= need.ram_mb &&
    taker.disk_free_mb >= need.disk_mb && !taker.suspended.includes(need.runner) &&
    placeAllows(need.place ?? ANYWHERE_TRUSTED, placedTaker(taker));
}

/** The owner of the slot would have it done, as far as the gateway can tell. */
export function ownerAllows(
  taker: Pick<Taker, "projects" | "refused">,
  job: { id?: string; project_id?: string },
): boolean {
  const { only, never } = taker.projects ?? { only: null, never: [] };
  if (job.id !== undefined && taker.refused?.includes(job.id)) return false;
  if (job.project_id === undefined) return true;
  return !never.includes(job.project_id) && (only === null || only.includes(job.project_id));
}

/** An agent's owner would have it done, as it told with its session. */
export function lentFor(agent: AgentRow, job: { id?: string; project_id?: string }): boolean {
  return ownerAllows({ projects: agent.projects, refused: agent.facts.terms?.refused }, job);
}

/** Online and allowed to start something, by the studio and by its owner. */
export function isReady(agent: AgentRow): boolean {
  return agent.online && !agent.quarantine && !agent.paused && !agent.draining && !agent.leaving &&
    !agent.resting;
}

/** How many of the agent's cards could. */
export function slotsFor(agent: AgentRow, need: Need): number {
  return agent.facts.slots.filter((slot) =>
    slot.capabilities.includes(need.capability) && slot.vram_mb >= need.vram_mb
  ).length;
}

/** One of the agent's own cards, with its own capabilities: two cards are never merged. */
export function hasSlotFor(agent: AgentRow, need: Need): boolean {
  return slotsFor(agent, need) > 0;
}

export function isSuspended(agent: AgentRow, runner: string): boolean {
  return agent.suspended.some((each) => each.runner === runner);
}

/** The agent could take it as soon as a slot is free. */
export function canServe(agent: AgentRow, need: Need): boolean {
  return isReady(agent) && isGoodEnough(agent, need) && lentFor(agent, need) &&
    placeAllows(need.place ?? ANYWHERE_TRUSTED, placedAgent(agent)) &&
    poolsOverlap(need.pool, servedPools(agent)) &&
    !isSuspended(agent, need.runner) &&
    agent.facts.ram_mb >= need.ram_mb && agent.facts.disk_free_mb >= need.disk_mb && hasSlotFor(agent, need);
}

/** The same, or could if it were not paused, draining or resting just now: such a card comes back. */
export function isAbout(agent: AgentRow, need: Need): boolean {
  return canServe({ ...agent, paused: false, draining: false, leaving: false, resting: null }, need);
}

/** Its reputation is what the film asks for. */
export function isGoodEnough(agent: AgentRow, need: Pick<Need, "project_id">): boolean {
  return need.project_id === undefined || !agent.below?.includes(need.project_id);
}

/** Somebody outside `avoid` could take it: then whoever failed it stands back. */
export function othersCan(roster: AgentRow[], need: Need, avoid: readonly string[]): boolean {
  return roster.some((agent) => !avoid.includes(agent.id) && canServe(agent, need));
}

/** VRAM as a card is sold: 15.6 GiB reported is a 16 GB card. */
export function gigabytes(mb: number): number {
  return Math.round(mb / 1024);
}

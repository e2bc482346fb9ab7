import { stricter, type Trust } from "../../shared/jobs/trust.ts";
import type { AgentRow } from "../agents/mod.ts";
import { canServe, type JobRow, parsePlace } from "../jobs/mod.ts";

/** Who may make it again. */
export interface Circle {
  trust: Trust;
  /** Machines that may not, by id. */
  kept_off: string[];
}

/** Machines that are named as kept off: a place in the queue's index has no room for more (gateway/jobs/placement.ts). */
const MOST_KEPT_OFF = 20;

/**
 * Whose machines make it again: trusted ones if any of them can, else those of the community. Never a machine that gave an opinion already, nor, of the
 * community, another one of the same owner. Null: nobody can now.
 */
export function whoElse(
  roster: readonly AgentRow[],
  job: Pick<
    JobRow,
    "project_id" | "pool" | "place" | "runner" | "capability" | "vram_mb" | "ram_mb" | "disk_mb"
  >,
  makers: readonly string[],
): Circle | null {
  const allowed = parsePlace(job.place).trust;
  const owners = new Set(
    roster.filter(({ id }) => makers.includes(id)).flatMap(({ owner_id }) => owner_id ?? []),
  );
  const able = roster.filter((agent) => !makers.includes(agent.id) && canServe(agent, job));
  const trust = stricter("trusted", allowed);
  if (able.some((agent) => agent.trust !== "anyone")) {
    return { trust, kept_off: [...makers] };
  }
  const related = roster.filter((agent) =>
    agent.trust === "anyone" && agent.owner_id !== null && owners.has(agent.owner_id) &&
    !makers.includes(agent.id)
  );
  if (related.length + makers.length > MOST_KEPT_OFF) return null;
  return able.some((agent) => !related.includes(agent))
    ? { trust: allowed, kept_off: [...makers, ...related.map(({ id }) => id)] }
    : null;
}

import type { z } from "zod";
import type { Agent } from "../../shared/api/work.ts";
import type { SlotJob } from "../jobs/mod.ts";
import { reputationOf } from "../checks/mod.ts";
import type { AgentRow } from "./mod.ts";

export type AgentState = z.infer<typeof Agent>["state"];

/** The one place that says what state an agent is in. */
export function stateOf(
  agent: Pick<AgentRow, "online" | "quarantine" | "paused" | "draining" | "leaving">,
): AgentState {
  if (!agent.online) return "offline";
  if (agent.quarantine) return "quarantined";
  if (agent.paused) return "paused";
  return agent.draining || agent.leaving ? "draining" : "online";
}

/** As the API shows them; `jobs` is what their slots work on. */
export function agentViews(rows: readonly AgentRow[], jobs: readonly SlotJob[]): z.infer<typeof Agent>[] {
  const at = new Map(jobs.map((job) => [`${job.agent_id} ${job.slot}`, job.job_id]));
  return rows.map((row) => agentView(row, (slot) => at.get(`${row.id} ${slot}`) ?? null));
}

function agentView(row: AgentRow, jobOf: (slot: string) => string | null): z.infer<typeof Agent> {
  return {
    id: row.id,
    name: row.name,
    pools: row.pools,
    trust: row.trust,
    owner_id: row.owner_id,
    lent_by: row.lent_by,
    state: stateOf(row),
    quarantine: row.quarantine
      ? {
        since: new Date(row.quarantine.since).toISOString(),
        reason: row.quarantine.reason,
        ...(row.quarantine.cause === "check" ? { by_check: true } : {}),
      }
      : null,
    ...(row.standing ? { reputation: reputationOf(row.standing) } : {}),
    tags: row.tags ?? [],
    own_tags: row.facts.tags ?? [],
    resting: row.resting ?? null,
    doing: row.doing ?? null,
    agent_version: row.facts.agent_version,
    os: row.facts.os,
    comfyui_version: row.facts.comfyui_version,
    ram_mb: row.facts.ram_mb,
    disk_free_mb: row.facts.disk_free_mb,
    slots: row.facts.slots.map(({ slot, name, vram_mb, capabilities }) => ({
      slot,
      name,
      vram_mb,
      capabilities,
      job_id: jobOf(slot),
    })),
    cannot: row.facts.cannot,
    suspended: row.suspended.map(({ runner, count, suspended_at }) => ({
      runner,
      strikes: count,
      since: suspended_at.toISOString(),
    })),
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
  };
}

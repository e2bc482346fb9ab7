import { ProblemError } from "../../shared/http/problem.ts";
import type { Taker } from "../jobs/mod.ts";
import type { AgentRow } from "./mod.ts";
import { tagsOf } from "./tags.ts";
import { servedPools } from "./terms.ts";

/** What leasing needs to know of one slot. ProblemError conflict when another process has taken the agent over. */
export function takerOf(
  agent: AgentRow,
  body: { boot_id: string; slot: string; loaded: string[]; disk_free_mb?: number; refused?: string[] },
): Taker {
  if (agent.boot_id !== body.boot_id) {
    throw new ProblemError(
      "conflict",
      "The gateway does not know this process: open a session (again) first.",
    );
  }
  const slot = agent.facts.slots.find((each) => each.slot === body.slot);
  if (!slot) {
    throw new ProblemError(
      "conflict",
      `This session has no slot ${body.slot}, only ${
        agent.facts.slots.map((each) => each.slot).join(", ")
      }: open a session with the present facts.`,
    );
  }
  return {
    agent_id: agent.id,
    agent_name: agent.name,
    tenant_id: agent.tenant_id,
    boot_id: body.boot_id,
    pools: servedPools(agent),
    ram_mb: agent.facts.ram_mb,
    disk_free_mb: body.disk_free_mb ?? agent.facts.disk_free_mb,
    suspended: agent.suspended.map(({ runner }) => runner),
    slot,
    loaded: body.loaded,
    tags: tagsOf(agent),
    trust: agent.trust,
    owner_id: agent.owner_id,
    projects: withoutBelow(agent),
    refused: body.refused ?? [],
  };
}

/** Whom its owner lends it to, less the films that ask for a better reputation. */
function withoutBelow({ projects = null, below }: AgentRow): Taker["projects"] {
  if (!below?.length) return projects;
  return { only: projects?.only ?? null, never: [...(projects?.never ?? []), ...below] };
}

import type { Querier } from "../db/mod.ts";
import type { AgentRow } from "./mod.ts";

/** The pools that the studio put an agent into, as far as its owner lends it to them. */
export function servedPools({ pools, facts }: Pick<AgentRow, "pools" | "facts">): string[] {
  const only = facts.terms?.pools ?? [];
  return only.length ? pools.filter((pool) => only.includes(pool)) : pools;
}

/**
 * The agents with the projects that their owners named, by id or title, as ids. A project that is renamed or made while a
 * poll waits is caught by the agent, which looks again and hands back. Nothing is asked for where nobody names any.
 */
export async function withProjects(q: Querier, tenantId: string, agents: AgentRow[]): Promise<AgentRow[]> {
  if (!agents.some(namesProjects)) return agents;
  const projects = await q<{ id: string; title: string }[]>`
    select id, title from projects where tenant_id = ${tenantId}`;
  return agents.map((agent) => {
    if (!namesProjects(agent)) return agent;
    const { allow, deny } = agent.facts.terms!.projects;
    const named = (names: string[]) => {
      const plain = new Set(names.map(plainName));
      return projects.filter(({ id, title }) => plain.has(id) || plain.has(plainName(title))).map(({ id }) =>
        id
      );
    };
    return { ...agent, projects: { only: allow.length ? named(allow) : null, never: named(deny) } };
  });
}

function namesProjects({ facts }: AgentRow): boolean {
  const { allow = [], deny = [] } = facts.terms?.projects ?? {};
  return allow.length + deny.length > 0;
}

/** As the agent compares them (agent/policy/refuse.ts). */
function plainName(name: string): string {
  return name.trim().toLowerCase();
}

import type { Querier } from "../db/mod.ts";

/** Milliseconds that a name is believed: agents are seldom renamed, and jobs are shown all the time. */
const KEPT_MS = 30_000;

/** Names of agents, for showing who has a job, without reading the fleet for each. */
export interface AgentNames {
  know(agentId: string, name: string): void;
  of(q: Querier, agentIds: string[]): Promise<Map<string, string>>;
}

export function createAgentNames(): AgentNames {
  const known = new Map<string, { name: string; until: number }>();
  const know = (agentId: string, name: string) =>
    void known.set(agentId, { name, until: performance.now() + KEPT_MS });
  return {
    know,
    async of(q, agentIds) {
      const now = performance.now();
      const missing = [...new Set(agentIds)].filter((id) => (known.get(id)?.until ?? 0) < now);
      if (missing.length) {
        const rows = await q<{ id: string; name: string }[]>`
          select id, name from agents where id = any(${missing}::uuid[])`;
        for (const { id, name } of rows) know(id, name);
      }
      return new Map(agentIds.flatMap((id) => known.has(id) ? [[id, known.get(id)!.name]] : []));
    },
  };
}

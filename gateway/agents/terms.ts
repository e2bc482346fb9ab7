import type { Querier } from "../db/mod.ts";
import type { Taker } from "../jobs/mod.ts";
import type { AgentRow } from "./mod.ts";

/** The pools that the studio put an agent into, as far as its owner lends it to them. */
export function servedPools({ pools, facts }: Pick<AgentRow, "pools" | "facts">): string[] {
  const only = facts.terms?.pools ?? [];
  return only.length ? pools.filter((pool) => only.includes(pool)) : pools;
}

/**
 * The projects that an agent's owner named, by id or title, as ids; null when it works for all. A project that is renamed or
 * made while a poll waits is caught by the agent, which looks again and hands back.
 */
export async function projectsOf(
  q: Querier,
  agent: AgentRow,
): Promise<NonNullable<Taker["projects"]> | null> {
  const { allow = [], deny = [] } = agent.facts.terms?.projects ?? {};
  if (!allow.length && !deny.length) return null;
  const plain = (names: string[]) => names.map((name) => name.trim().toLowerCase());
  const rows = await q<{ id: string; allowed: boolean; denied: boolean }[]>`
    select id, id::text = any(${plain(allow)}::text[]) or lower(trim(title)) = any(${
    plain(allow)
  }::text[]) as allowed,
      id::text = any(${plain(deny)}::text[]) or lower(trim(title)) = any(${plain(deny)}::text[]) as denied
    from projects where tenant_id = ${agent.tenant_id}`;
  return {
    only: allow.length ? rows.filter((row) => row.allowed).map((row) => row.id) : null,
    never: rows.filter((row) => row.denied).map((row) => row.id),
  };
}

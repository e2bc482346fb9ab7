import type { z } from "zod";
import type { AgentFacts } from "../../shared/agents/protocol.ts";
import type { UpdateAgent } from "../../shared/api/work.ts";
import type { Querier } from "../db/mod.ts";
import type { AgentRow } from "./mod.ts";

type Facts = z.infer<typeof AgentFacts>;

/** A row without its facts, which are by far the most of it. */
export type LightRow = Omit<AgentRow, "facts"> & { facts_version: number; disk_free_mb: number | null };

interface Where {
  tenantId?: string;
  ids?: string[];
}

/** Agents that are not removed: of a tenant, or some of them. Times, and so who is online, are the database's. */
export async function selectAgents(q: Querier, where: Where, leaseS: number): Promise<AgentRow[]> {
  const rows = await select<LightRow & { facts: Facts }>(q, where, leaseS, true);
  return rows.map((row) => withFacts(row, row.facts));
}

export async function selectLight(q: Querier, where: Where, leaseS: number): Promise<LightRow[]> {
  return await select<LightRow>(q, where, leaseS, false);
}

export async function selectFacts(
  q: Querier,
  ids: string[],
): Promise<{ id: string; facts_version: number; facts: Facts }[]> {
  return await q`select id, facts_version, facts from agents where id = any(${ids}::uuid[])`;
}

export function withFacts({ facts_version: _, disk_free_mb, ...row }: LightRow, facts: Facts): AgentRow {
  return { ...row, facts: disk_free_mb === null ? facts : { ...facts, disk_free_mb } };
}

async function select<T extends LightRow>(
  q: Querier,
  { tenantId, ids }: Where,
  leaseS: number,
  facts: boolean,
): Promise<T[]> {
  const rows = await q<(T & { suspended: { suspended_at: string }[] | null })[]>`
    select a.id, a.tenant_id, a.name, a.pools, a.trust, a.owner_id, a.lent_by, ${
    facts ? q`a.facts,` : q``
  } a.facts_version, a.disk_free_mb, a.boot_id,
      a.tags, a.quarantine, a.paused, a.draining, a.leaving, a.resting, a.doing, a.last_seen_at, a.created_at,
      coalesce(a.last_seen_at > now() - make_interval(secs => ${leaseS}), false) as online,
      case when a.trust = 'anyone' then jsonb_build_object('score', a.reputation, 'agreed', a.agreed,
        'disagreed', a.disagreed, 'agreed_since', a.agreed_since) end as standing,
      case when a.trust = 'anyone' then coalesce((
        select array_agg(p.id) from projects p where p.tenant_id = a.tenant_id and p.min_reputation > a.reputation
      ), '{}') end as below,
      (
        select jsonb_agg(jsonb_build_object('runner', s.runner, 'count', s.count, 'suspended_at', s.suspended_at)
          order by s.runner)
        from strikes s where s.agent_id = a.id and s.suspended_at is not null
      ) as suspended
    from agents a
    where a.removed_at is null
      ${tenantId ? q`and a.tenant_id = ${tenantId}` : q``}
      ${ids ? q`and a.id = any(${ids}::uuid[])` : q``}
    order by a.name, a.id`;
  return rows.map((row) => ({
    ...row,
    suspended: (row.suspended ?? []).map((each) => ({ ...each, suspended_at: new Date(each.suspended_at) })),
  }));
}

/** The name itself, or with the first free suffix. The caller holds the tenant's naming lock. */
export async function freeName(q: Querier, tenantId: string, wanted: string): Promise<string> {
  const rows = await q<{ name: string }[]>`
    select name from agents where tenant_id = ${tenantId} and removed_at is null`;
  const taken = new Set(rows.map((row) => row.name));
  let name = wanted;
  for (let n = 2; taken.has(name); n++) {
    const suffix = `-${n}`;
    name = wanted.slice(0, 60 - suffix.length) + suffix;
  }
  return name;
}

/** Agents of one tenant get their names one after another. */
export async function lockNames(q: Querier, tenantId: string): Promise<void> {
  await q`select pg_advisory_xact_lock(7305120, hashtext(${tenantId}))`;
}

export async function insertAgent(
  q: Querier,
  agent: Pick<AgentRow, "id" | "name" | "pools" | "trust" | "owner_id" | "lent_by" | "facts"> & {
    tenantId: string;
  },
): Promise<void> {
  await q`
    insert into agents (id, tenant_id, name, pools, trust, owner_id, lent_by, facts)
    values (${agent.id}, ${agent.tenantId}, ${agent.name}, ${agent.pools}, ${agent.trust}, ${agent.owner_id},
      ${agent.lent_by}, ${q.json(agent.facts as never)})`;
}

/** A process says what it is. Null when the agent was removed. */
export async function updateSession(
  q: Querier,
  agentId: string,
  session: { boot_id: string; facts: Facts },
): Promise<Pick<AgentRow, "name" | "pools" | "tenant_id" | "quarantine"> | null> {
  const [row] = await q<Pick<AgentRow, "name" | "pools" | "tenant_id" | "quarantine">[]>`
    update agents set
      facts = ${q.json(session.facts as never)}, last_seen_at = now(), disk_free_mb = null,
      facts_version = facts_version + (facts is distinct from ${q.json(session.facts as never)}::jsonb)::int,
      leaving = leaving and boot_id is not distinct from ${session.boot_id}::uuid, boot_id = ${session.boot_id},
      resting = case when boot_id is not distinct from ${session.boot_id}::uuid then resting end,
      doing = case when boot_id is not distinct from ${session.boot_id}::uuid then doing end
    where id = ${agentId} and removed_at is null
    returning name, pools, tenant_id, quarantine`;
  return row ?? null;
}

export interface Seen {
  tenant_id: string;
  name: string;
  paused: boolean;
  draining: boolean;
  quarantined: boolean;
  moved: boolean;
}

/** One heartbeat, one write, which does not wait for the disk: the next comes soon. Null when this process is not the agent's latest. `moved`: what it says of itself is another. */
export async function updateSeen(
  q: Querier,
  agentId: string,
  seen: { boot_id: string; draining: boolean; disk_free_mb?: number; resting?: string; doing?: string },
): Promise<Seen | null> {
  const [row] = await q<Seen[]>`
    update agents set last_seen_at = now(), leaving = ${seen.draining}, resting = ${seen.resting ?? null},
      doing = ${seen.doing ?? null},
      disk_free_mb = coalesce(${seen.disk_free_mb ?? null}::int, disk_free_mb)
    from set_config('synchronous_commit', 'off', true)
    where id = ${agentId} and boot_id = ${seen.boot_id} and removed_at is null
    returning tenant_id, name, paused, draining, quarantine is not null as quarantined,
      (select (before.resting, before.doing) from agents before where before.id = agents.id)
        is distinct from (resting, doing) as moved`;
  return row ?? null;
}

/** Nothing changes for what is not given. */
export async function updateAgent(
  q: Querier,
  tenantId: string,
  agentId: string,
  change: z.infer<typeof UpdateAgent>,
): Promise<boolean> {
  const updated = await q`
    update agents set
      paused = coalesce(${change.paused ?? null}::boolean, paused),
      draining = coalesce(${change.draining ?? null}::boolean, draining),
      pools = coalesce(${change.pools ?? null}::text[], pools),
      name = coalesce(${change.name ?? null}::text, name),
      trust = coalesce(${change.trust ?? null}::text, trust),
      tags = coalesce(${change.tags ?? null}::text[], tags),
      lent_by = case when ${change.lent_by !== undefined}::boolean then ${
    change.lent_by ?? null
  }::text else lent_by end
    where id = ${agentId} and tenant_id = ${tenantId} and removed_at is null`;
  return updated.count === 1;
}

import type { Querier } from "../db/mod.ts";

/** Faults of the host with one runner after which the pair is suspended. */
export const STRIKES = 3;

/** Counts a fault; true when the pair is suspended now. */
export async function addStrike(q: Querier, agentId: string, runner: string): Promise<boolean> {
  const [row] = await q<{ suspended: boolean }[]>`
    insert into strikes as s (agent_id, tenant_id, runner, count, suspended_at)
    select id, tenant_id, ${runner}, 1, case when 1 >= ${STRIKES}::int then now() end from agents where id = ${agentId}
    on conflict (agent_id, runner) do update set
      count = s.count + 1,
      suspended_at = coalesce(s.suspended_at, case when s.count + 1 >= ${STRIKES}::int then now() end)
    returning suspended_at is not null as suspended`;
  return row?.suspended ?? false;
}

/** A success: strikes that have not suspended the pair are forgotten. */
export async function forgiveStrikes(q: Querier, agentId: string, runner: string): Promise<void> {
  await q`
    delete from strikes where agent_id = ${agentId} and runner = ${runner} and suspended_at is null`;
}

export async function deleteStrikes(
  q: Querier,
  where: { tenantId: string; agentId: string; runner: string },
): Promise<void> {
  await q`
    delete from strikes
    where agent_id = ${where.agentId} and tenant_id = ${where.tenantId} and runner = ${where.runner}`;
}

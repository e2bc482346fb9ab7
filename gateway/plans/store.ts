import type { Querier } from "../db/mod.ts";

export async function planNameOf(q: Querier, tenantId: string): Promise<string | null> {
  const [row] = await q<{ plan: string | null }[]>`select plan from tenants where id = ${tenantId}`;
  return row?.plan ?? null;
}

/** The plan's name, and how many jobs of the studio run now. */
export async function planAndRunning(
  q: Querier,
  tenantId: string,
): Promise<{ plan: string | null; running: number }> {
  const [row] = await q<{ plan: string | null; running: number }[]>`
    select (select plan from tenants where id = ${tenantId}) as plan, count(*)::int as running
    from jobs where tenant_id = ${tenantId} and state = 'leased' and check_id is null`;
  return row!;
}

/** Bytes of a studio's files in the object store: those of films and of its library. */
export async function heldBy(q: Querier, tenantId: string): Promise<number> {
  const [row] = await q<{ held: number }[]>`
    select
      (select coalesce(sum(size), 0) from lfs_objects where tenant_id = ${tenantId} and state = 'ready')::bigint
      + (select coalesce(sum(size), 0) from library_objects where tenant_id = ${tenantId} and state = 'ready')::bigint
      as held`;
  return row!.held;
}

/** Jobs of a studio that run now. */
export async function runningOf(q: Querier, tenantId: string): Promise<number> {
  const [row] = await q<{ n: number }[]>`
    select count(*)::int as n from jobs where tenant_id = ${tenantId} and state = 'leased' and check_id is null`;
  return row!.n;
}

/** Jobs of a studio that wait: for a card, or for other jobs. No more than a thousand are counted. */
export async function waitingOf(q: Querier, tenantId: string): Promise<number> {
  const [row] = await q<{ n: number }[]>`
    select count(*)::int as n from (
      select 1 from jobs where tenant_id = ${tenantId} and state in ('blocked', 'queued') and check_id is null limit 1000) bounded`;
  return row!.n;
}

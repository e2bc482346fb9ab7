import type { Sql } from "../db/mod.ts";

/** A row of the ledger that waits to be told. */
export interface Waiting {
  /** Of the message. */
  id: string;
  event_id: number;
  at: Date;
  tenant_id: string;
  studio: string;
  project_id: string;
  agent_id: string | null;
  job_id: string;
  attempt: number;
  tier: string | null;
  capability: string;
  card: string | null;
  lent_by: string | null;
  kind: "gpu_seconds" | "cpu_seconds" | "storage_bytes";
  amount: number;
}

/** Studios with something to tell whose turn nobody has, those that waited longest first. */
export async function dueStudios(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql<{ tenant_id: string }[]>`
    select m.tenant_id from (
      select tenant_id, min(event_id) as first from webhook_messages group by tenant_id
    ) m left join webhook_turns t on t.tenant_id = m.tenant_id
    where t.tenant_id is null or (t.until <= now() and t.next_at <= now())
    order by coalesce(t.next_at, '-infinity'), m.first limit ${limit}`;
  return rows.map((row) => row.tenant_id);
}

/** Takes a studio's turn, or keeps it, for so many seconds; false when another gateway has it. */
export async function holdTurn(
  sql: Sql,
  tenantId: string,
  sender: string,
  seconds: number,
): Promise<boolean> {
  const held = await sql`
    insert into webhook_turns as t (tenant_id, sender, until)
    select id, ${sender}::uuid, now() + make_interval(secs => ${seconds}::float8) from tenants where id = ${tenantId}
    on conflict (tenant_id) do update set sender = excluded.sender, until = excluded.until
    where t.sender = excluded.sender or t.until <= now()
    returning 1`;
  return held.length > 0;
}

/** Ends a turn. `failed`: the first message was not taken, and is tried again after so many seconds, doubled with each failure. */
export async function endTurn(
  sql: Sql,
  tenantId: string,
  sender: string,
  failed: { afterS: number; mostS: number } | null,
): Promise<void> {
  if (!failed) {
    await sql`
      update webhook_turns set until = now(), failures = 0, next_at = now()
      where tenant_id = ${tenantId} and sender = ${sender}`;
    return;
  }
  await sql`
    update webhook_turns set until = now(), failures = failures + 1,
      next_at = now() + make_interval(secs =>
        least(${failed.mostS}::float8, ${failed.afterS}::float8 * power(2, least(failures, 30)))
        * (0.75 + random() / 2))
    where tenant_id = ${tenantId} and sender = ${sender}`;
}

/** The first rows of a studio that wait, in the ledger's order. */
export async function nextMessages(sql: Sql, tenantId: string, limit: number): Promise<Waiting[]> {
  return await sql<Waiting[]>`
    select m.id, e.id as event_id, e.at, e.tenant_id, t.slug as studio, e.project_id, e.agent_id, e.job_id,
      e.lease_token as attempt, e.tier, e.capability, e.card, e.lent_by, e.kind, e.amount
    from webhook_messages m join usage_events e on e.id = m.event_id join tenants t on t.id = m.tenant_id
    where m.tenant_id = ${tenantId} order by m.event_id limit ${limit}`;
}

/** What waits to be told, of all studios: how many messages, and seconds since the oldest came to be. */
export async function backlog(sql: Sql): Promise<{ waiting: number; oldest_s: number }> {
  const [row] = await sql<{ waiting: number; oldest_s: number }[]>`
    select count(*)::int as waiting, coalesce(extract(epoch from now() - (
      select at from usage_events where id = (select min(event_id) from webhook_messages))), 0)::float8 as oldest_s
    from webhook_messages`;
  return row!;
}

export async function forgetMessage(sql: Sql, id: string): Promise<void> {
  await sql`delete from webhook_messages where id = ${id}`;
}

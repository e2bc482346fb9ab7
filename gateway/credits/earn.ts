import { worth } from "../../shared/jobs/price.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { Querier, Tx } from "../db/mod.ts";
import { balanceOf, holdAccount } from "./accounts.ts";

/** Rows read at once. */
const TOGETHER = 1000;

interface Work {
  id: number;
  owner_id: string;
  tier: Tier | null;
  kind: "gpu_seconds" | "cpu_seconds";
  amount: number;
  expected_s: number | null;
}

/**
 * The one projector: what the ledger of usage says of lent machines becomes credits of their owners. Run twice, or by two gateways at
 * once, it changes nothing: a row is earned once. Rows of the last hour are looked at again, as a transaction that got its number
 * early may commit late. Returns how many rows it wrote.
 */
export async function projectEarnings(q: Querier, tenantId: string): Promise<number> {
  let written = 0;
  let after = (await q<{ event_id: number }[]>`
    select event_id from credit_marks where tenant_id = ${tenantId}`)[0]?.event_id ?? 0;
  for (;;) {
    const work = await q<Work[]>`
      select e.id, e.owner_id, e.tier, e.kind, e.amount, e.expected_s from usage_events e
      where e.tenant_id = ${tenantId} and e.id > ${after} and e.owner_id is not null and e.made
        and e.kind in ('gpu_seconds', 'cpu_seconds')
        and not exists (select 1 from credit_entries c where c.event_id = e.id)
      order by e.id limit ${TOGETHER}`;
    if (!work.length) break;
    const entries = work.map((row) => ({
      tenant_id: tenantId,
      user_id: row.owner_id,
      kind: "earned",
      // A card that was idle while it cut a film earns as none.
      amount: worth(row.amount, row.kind === "gpu_seconds" ? row.tier : null, row.expected_s),
      event_id: row.id,
    }));
    const made = await q`
      insert into credit_entries ${
      q(entries)
    } on conflict (event_id, kind) where event_id is not null do nothing`;
    written += made.count;
    after = work.at(-1)!.id;
    if (work.length < TOGETHER) break;
  }
  await q`
    insert into credit_marks (tenant_id, event_id)
    select ${tenantId}, coalesce(max(id), 0) from usage_events
    where tenant_id = ${tenantId} and at < now() - interval '1 hour'
    on conflict (tenant_id) do update set event_id = greatest(credit_marks.event_id, excluded.event_id)`;
  return written;
}

/** Studios with lent machines whose ledger has grown past what was read. */
export async function studiosThatEarn(q: Querier): Promise<string[]> {
  const rows = await q<{ id: string }[]>`
    select t.id from tenants t left join credit_marks m on m.tenant_id = t.id
    where exists (select 1 from agents a where a.tenant_id = t.id and a.owner_id is not null)
      and exists (select 1 from usage_events e where e.tenant_id = t.id and e.id > coalesce(m.event_id, 0))`;
  return rows.map((row) => row.id);
}

/** Takes back what jobs had earned whose work turned out wrong, as far as it is still there: thousandths. */
export async function takeBack(tx: Tx, tenantId: string, jobIds: string[]): Promise<number> {
  await projectEarnings(tx, tenantId);
  const earned = await tx<{ event_id: number; user_id: string; amount: number }[]>`
    select c.event_id, c.user_id, c.amount from credit_entries c join usage_events e on e.id = c.event_id
    where c.tenant_id = ${tenantId} and c.kind = 'earned' and e.job_id = any(${jobIds}::uuid[])
      and not exists (select 1 from credit_entries b where b.event_id = c.event_id and b.kind = 'taken_back')
    order by c.event_id`;
  let taken = 0;
  for (const [userId, rows] of Map.groupBy(earned, (row) => row.user_id)) {
    const account = { tenantId, userId };
    await holdAccount(tx, account);
    let left = await balanceOf(tx, account);
    for (const { event_id, amount } of rows) {
      const back = Math.min(amount, left);
      left -= back;
      taken += back;
      await tx`
        insert into credit_entries (tenant_id, user_id, kind, amount, event_id)
        values (${tenantId}, ${userId}, 'taken_back', ${-back}, ${event_id})
        on conflict (event_id, kind) where event_id is not null do nothing`;
    }
  }
  return taken;
}

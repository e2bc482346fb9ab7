import type { Querier, Tx } from "../db/mod.ts";

/** Whose credits: a person's, or a film's purse. */
export type Account =
  & { tenantId: string }
  & ({ userId: string; projectId?: undefined } | { projectId: string; userId?: undefined });

/** Any fixed number: whoever takes from an account takes turns. */
const CREDIT_LOCK = 7_305_127;

export const whose = (q: Querier, { tenantId, userId, projectId }: Account) =>
  userId === undefined
    ? q`tenant_id = ${tenantId} and project_id = ${projectId!}`
    : q`tenant_id = ${tenantId} and user_id = ${userId}`;

/**
 * Until the transaction ends, nobody else takes from this account. Each statement after it sees what those before have written; adding
 * needs no lock.
 */
export async function holdAccount(tx: Tx, { userId, projectId }: Account): Promise<void> {
  await tx`select pg_advisory_xact_lock(${CREDIT_LOCK}, hashtext(${userId ?? projectId!}))`;
}

/** Thousandths that may be spent now: the sum of its rows, from the index alone. */
export async function balanceOf(q: Querier, account: Account): Promise<number> {
  const [row] = await q<{ balance: number }[]>`
    select coalesce(sum(amount), 0)::bigint as balance from credit_entries where ${whose(q, account)}`;
  return row!.balance;
}

export interface Sums {
  balance: number;
  reserved: number;
  earned: number;
  given: number;
  received: number;
  spent: number;
}

/** An account in figures, none of them negative. */
export async function sumsOf(q: Querier, account: Account): Promise<Sums> {
  const [row] = await q<Sums[]>`
    select coalesce(sum(amount), 0)::bigint as balance,
      coalesce(-sum(amount) filter (where kind = 'reserved' and not exists (
        select 1 from credit_entries s where s.reservation = e.id)), 0)::bigint as reserved,
      coalesce(sum(amount) filter (where kind in ('earned', 'taken_back')), 0)::bigint as earned,
      coalesce(-sum(amount) filter (where kind = 'given'), 0)::bigint as given,
      coalesce(sum(amount) filter (where kind = 'received'), 0)::bigint as received,
      coalesce(-sum(amount) filter (where kind = 'spent'), 0)::bigint as spent
    from credit_entries e where ${whose(q, account)}`;
  return row!;
}

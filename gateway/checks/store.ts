import type { CheckState } from "../../shared/api/checks.ts";
import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { Compared } from "./steps.ts";

export interface CheckRow {
  id: string;
  tenant_id: string;
  project_id: string;
  take_id: string;
  agent_id: string;
  state: CheckState;
  job_id: string | null;
  blamed_id: string | null;
  sentence: string;
  began_at: Date;
  ended_at: Date | null;
}

export interface Opinion {
  nth: number;
  agent_id: string;
  oid: string;
  size: number;
  extension: string;
  media: MediaFacts;
  objects: string[];
}

export interface ComparisonRow extends Compared {
  why: string;
  picture_oid: string | null;
}

/** The row, locked until the transaction ends. */
export async function lockCheck(tx: Tx, tenantId: string, checkId: string): Promise<CheckRow | null> {
  const [row] = await tx<CheckRow[]>`
    select * from checks where id = ${checkId} and tenant_id = ${tenantId} for no key update`;
  return row ?? null;
}

export async function opinionsOf(q: Querier, checkId: string): Promise<Opinion[]> {
  return await q<Opinion[]>`
    select nth, agent_id, oid, size, extension, media, objects from check_opinions
    where check_id = ${checkId} order by nth`;
}

export async function comparisonsOf(q: Querier, checkId: string): Promise<ComparisonRow[]> {
  return await q<ComparisonRow[]>`
    select a, b, alike, why, picture_oid from check_comparisons where check_id = ${checkId} order by a, b`;
}

export async function addOpinion(
  q: Querier,
  check: { id: string; tenant_id: string },
  opinion: Opinion,
): Promise<void> {
  const { media, objects, ...plain } = opinion;
  await q`
    insert into check_opinions (check_id, tenant_id, nth, agent_id, oid, size, extension, media, objects)
    values (${check.id}, ${check.tenant_id}, ${plain.nth}, ${plain.agent_id}, ${plain.oid}, ${plain.size},
      ${plain.extension}, ${q.json(media as never)}, ${objects}::text[])
    on conflict (check_id, nth) do nothing`;
}

/** Begun within 24 hours, of a studio. */
export async function begunToday(q: Querier, tenantId: string): Promise<number> {
  const [row] = await q<{ n: number }[]>`
    select count(*)::int as n from checks where tenant_id = ${tenantId} and began_at > now() - interval '24 hours'`;
  return row!.n;
}

/** Counts a machine's checks anew, from the checks. An agreement is the maker's of the take; to be wrong is anybody's. */
export async function recount(
  tx: Tx,
  agentId: string,
  scoreOf: (agreed: number, disagreed: number) => number,
) {
  const [counted] = await tx<{ agreed: number; disagreed: number; since: number }[]>`
    with wrong as (
      select count(*)::int as n, max(ended_at) as last from checks where blamed_id = ${agentId} and state in ('blamed', 'cleared')
    )
    select count(c.id)::int as agreed, min(wrong.n) as disagreed,
      (count(c.id) filter (where wrong.last is null or c.ended_at > wrong.last))::int as since
    from wrong left join checks c on c.agent_id = ${agentId} and c.state in ('agreed', 'cleared')`;
  const { agreed, disagreed, since } = counted!;
  await tx`
    update agents set agreed = ${agreed}, disagreed = ${disagreed}, agreed_since = ${since},
      reputation = ${scoreOf(agreed, disagreed)}
    where id = ${agentId}`;
}

import type { z } from "zod";
import type { Check, MyReputations } from "../../shared/api/checks.ts";
import type { Querier } from "../db/mod.ts";
import { reputationOf, type Standing } from "./reputation.ts";

type Row = Omit<Check, "began_at" | "ended_at" | "picture_url"> & {
  began_at: Date;
  ended_at: Date | null;
  picture: boolean;
};

/** Newest first. */
export async function listChecks(
  q: Querier,
  tenantId: string,
  page: { before: string | null; limit: number },
): Promise<Check[]> {
  const opinion = (nth: number) =>
    q`(select a.name from check_opinions o join agents a on a.id = o.agent_id where o.check_id = c.id and o.nth = ${nth})`;
  const rows = await q<Row[]>`
    select c.id, c.state, c.sentence, p.title as project, t.name as take, maker.name as made_by,
      ${opinion(2)} as second, ${opinion(3)} as third, wrong.name as blamed, c.began_at, c.ended_at,
      exists (select 1 from check_comparisons k where k.check_id = c.id and k.picture_oid is not null) as picture
    from checks c join projects p on p.id = c.project_id join takes t on t.id = c.take_id
      join agents maker on maker.id = c.agent_id left join agents wrong on wrong.id = c.blamed_id
    where c.tenant_id = ${tenantId} and (${page.before}::uuid is null or c.id < ${page.before}::uuid)
    order by c.id desc limit ${page.limit}`;
  return rows.map(({ picture, began_at, ended_at, ...row }) => ({
    ...row,
    sentence: row.sentence || UNDER_WAY[row.state] || "",
    began_at: began_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
    picture_url: picture ? `/api/checks/${row.id}/picture` : null,
  }));
}

const UNDER_WAY: Partial<Record<Check["state"], string>> = {
  second: "It is being made again elsewhere.",
  comparing: "A trusted machine compares both.",
  third: "They differ; a third machine makes it.",
  comparing_third: "A trusted machine compares all three.",
};

/** The community machines that a person lends. */
export async function reputationsOf(
  q: Querier,
  tenantId: string,
  ownerId: string,
): Promise<MyReputationRows> {
  const rows = await q<(Standing & { id: string; name: string })[]>`
    select id, name, reputation as score, agreed, disagreed, agreed_since from agents
    where tenant_id = ${tenantId} and owner_id = ${ownerId} and trust = 'anyone' and removed_at is null order by name`;
  return rows.map(({ id, name, ...standing }) => ({ id, name, reputation: reputationOf(standing) }));
}

type MyReputationRows = z.infer<typeof MyReputations>["machines"];

export async function pictureOf(
  q: Querier,
  tenantId: string,
  checkId: string,
): Promise<{ project_id: string; oid: string } | null> {
  const [row] = await q<{ project_id: string; oid: string }[]>`
    select c.project_id, k.picture_oid as oid from checks c join check_comparisons k on k.check_id = c.id
    where c.id = ${checkId} and c.tenant_id = ${tenantId} and k.picture_oid is not null
    order by k.b desc, k.a desc limit 1`;
  return row ?? null;
}

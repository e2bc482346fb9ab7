import type { z } from "zod";
import type { DonorsQuery, Given } from "../../shared/api/usage.ts";
import type { Querier } from "../db/mod.ts";

interface Whose {
  tenantId: string;
  /** Only machines that this person lends. */
  ownerId?: string;
}

/** Who gave what for which film, the greatest first. Names are those of the time. */
export async function reportDonors(
  q: Querier,
  { tenantId, ownerId }: Whose,
  { from, to }: Pick<z.infer<typeof DonorsQuery>, "from" | "to">,
): Promise<Given[]> {
  return await q<Given[]>`
    select e.lent_by, e.card, e.tier, e.project_id, e.for_check as check,
      case when e.for_check then 'Spot checks' else min(p.title) end as project, count(*)::int as attempts,
      coalesce(sum(e.amount) filter (where e.kind = 'gpu_seconds'), 0)::float8 as gpu_seconds,
      coalesce(sum(e.amount) filter (where e.kind = 'cpu_seconds'), 0)::float8 as cpu_seconds
    from usage_events e
    join projects p on p.id = e.project_id
    ${ownerId ? q`join agents a on a.id = e.agent_id and a.owner_id = ${ownerId}` : q``}
    where e.tenant_id = ${tenantId} and e.kind <> 'storage_bytes'
      ${from === undefined ? q`` : q`and e.at >= ${from}::date::timestamp at time zone 'UTC'`}
      ${to === undefined ? q`` : q`and e.at < (${to}::date + 1)::timestamp at time zone 'UTC'`}
    group by e.lent_by, e.card, e.tier, e.project_id, e.for_check
    order by gpu_seconds desc, cpu_seconds desc, e.lent_by nulls last, e.card, e.tier
    limit 2000`;
}

/**
 * Who gave what for some jobs: the takes of a film, for its end titles. As they want to be named now; whoever does not, gave it without a name
 * (null).
 */
export async function givenFor(
  q: Querier,
  jobIds: string[],
): Promise<{ name: string | null; seconds: number }[]> {
  return await q<{ name: string | null; seconds: number }[]>`
    select case when coalesce(d.named, true) then coalesce(d.title_name, e.lent_by) end as name,
      sum(e.amount)::float8 as seconds
    from usage_events e left join donors d on d.user_id = e.owner_id
    where e.job_id = any(${jobIds}::uuid[]) and e.kind <> 'storage_bytes'
      and coalesce(d.title_name, e.lent_by) is not null
    group by 1 order by seconds desc, name nulls last`;
}

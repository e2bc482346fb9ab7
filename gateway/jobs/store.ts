import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import type { JobState } from "../../shared/jobs/job.ts";
import type { Querier } from "../db/mod.ts";
import type { JobCount, JobRow } from "./mod.ts";

/** By id within a tenant; ProblemError not_found for any other. */
export async function findJob(q: Querier, tenantId: string, jobId: string): Promise<JobRow> {
  const [row] = isId(jobId)
    ? await q<
      JobRow[]
    >`select * from jobs where id = ${jobId} and tenant_id = ${tenantId} and check_id is null`
    : [];
  if (!row) throw new ProblemError("not_found", `There is no job "${jobId}" in this studio.`);
  return row;
}

/** Newest first. */
export async function listJobs(
  q: Querier,
  where: { tenant_id: string; project_id?: string; states?: JobState[] },
  page: { cursor?: string; limit: number },
): Promise<{ items: JobRow[]; next?: string }> {
  if (page.cursor !== undefined && !isId(page.cursor)) {
    throw new ProblemError(
      "invalid_request",
      "This cursor is none of ours; begin the list again without it.",
    );
  }
  const rows = await q<JobRow[]>`
    select * from jobs
    where tenant_id = ${where.tenant_id} and check_id is null
      ${where.project_id ? q`and project_id = ${where.project_id}` : q``}
      ${where.states ? q`and state = any(${where.states}::text[])` : q``}
      ${page.cursor ? q`and id < ${page.cursor}` : q``}
    order by id desc limit ${page.limit + 1}`;
  const items = rows.slice(0, page.limit);
  return rows.length > page.limit ? { items, next: items.at(-1)!.id } : { items };
}

/** Unfinished jobs by state and capability. */
export async function countJobs(q: Querier): Promise<JobCount[]> {
  return await q<JobCount[]>`
    select state, capability, count(*)::int as count,
      extract(epoch from now() - min(created_at))::float8 as oldest_s
    from jobs
    where finished_at is null group by state, capability order by state, capability`;
}

/**
 * Seconds since the oldest queued job was asked for that a machine which is online could take, over all studios; 0: there is none. By
 * pool, capability and memory, which tells what nobody can make from what nobody makes.
 */
export async function oldestRunnable(q: Querier, leaseS: number): Promise<number> {
  const [row] = await q<{ age: number }[]>`
    select coalesce(max(lane.age), 0)::float8 as age from (
      select tenant_id, pool, capability, vram_mb, extract(epoch from now() - min(created_at)) as age
      from jobs where state = 'queued' and not resting group by 1, 2, 3, 4
    ) lane
    where exists (
      select from agents a cross join lateral jsonb_array_elements(a.facts->'slots') slot
      where a.tenant_id = lane.tenant_id and a.removed_at is null and not a.paused and not a.draining
        and a.quarantine is null and a.resting is null and a.last_seen_at > now() - make_interval(secs => ${leaseS})
        and a.pools && string_to_array(lane.pool, '+')
        and slot->'capabilities' ? lane.capability and (slot->>'vram_mb')::int >= lane.vram_mb
    )`;
  return row!.age;
}

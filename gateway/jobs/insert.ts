import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { PAID_SHARE, priceOf } from "../../shared/jobs/price.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { addNeeds, mustWait } from "./dependencies.ts";
import { currentTrace } from "../traces/mod.ts";
import { poolKey } from "./fleet.ts";
import type { JobRow, NewJob } from "./mod.ts";
import { placeOf, replace } from "./place.ts";

/** Seconds that a job counts for when its runner has no estimate. */
const DEFAULT_COST_S = 60;
export const MAX_ATTEMPTS = 3;

/** Seconds that a job counts for in the fair order. */
export function costOf({ cost_s }: Pick<NewJob, "cost_s">): number {
  return Math.max(1, Math.round(cost_s ?? DEFAULT_COST_S));
}

/**
 * Fairness between projects is start-time fair queueing: a job's key is where its project stood in the lane, or the virtual time of
 * the lane if the project was idle there, plus the job's cost in seconds. The virtual time is the greatest key ever handed out in the lane, so
 * neither has an idle project saved up turns, nor does a job that nobody can take hold the clock.
 *
 * Keys of `count` such jobs in a row. Where no transaction of the caller's hangs on it (`q` is the client itself) the statement does not
 * wait for its commit to be synced, and holds nobody of the same film meanwhile: it is on disk with the job's own.
 */
export async function nextFairKeys(
  q: Querier,
  project: ProjectRow,
  job: Pick<NewJob, "capability" | "priority" | "cost_s">,
  { count = 1, alone = false }: { count?: number; alone?: boolean } = {},
): Promise<number[]> {
  const cost = costOf(job);
  const all = cost * count;
  const [fair] = await q<{ key: number }[]>`
    with lane as (
      select coalesce((
        select fair_key from jobs
        where tenant_id = ${project.tenant_id} and capability = ${job.capability} and priority = ${job.priority}
          and lease_token > 0
        order by fair_key desc limit 1), 0) as now
        ${alone ? q`from set_config('synchronous_commit', 'off', true)` : q``}
    )
    insert into fair_lanes as f (project_id, tenant_id, capability, priority, finish)
    select ${project.id}, ${project.tenant_id}, ${job.capability}, ${job.priority}::int, ${all}::bigint + lane.now from lane
    on conflict (project_id, capability, priority) do update
      set finish = ${all}::bigint + greatest(f.finish, excluded.finish - ${all}::bigint)
    returning finish as key`;
  return Array.from({ length: count }, (_, n) => fair!.key - cost * (count - 1 - n));
}

/** As in the lane of a film that was idle; no film's turn is used up. */
async function checksFairKey(
  tx: Tx,
  project: ProjectRow,
  job: Pick<NewJob, "capability" | "priority" | "cost_s">,
): Promise<number> {
  const [lane] = await tx<{ key: number }[]>`
    select coalesce(max(key), 0)::bigint + ${costOf(job)}::int as key from (
      select fair_key as key from jobs
      where tenant_id = ${project.tenant_id} and capability = ${job.capability} and priority = ${job.priority}
        and lease_token > 0
      order by fair_key desc limit 1) as last`;
  return lane!.key;
}

/** What a job counts for in the fair order, in seconds, and what an earlier place costs where one is bought, in thousandths of a credit. */
export function weightOf(
  job: Pick<NewJob, "cost_s" | "credits_of" | "tier">,
): { cost_s: number; credits: number | null } {
  const full = costOf(job);
  if (!job.credits_of || job.tier === null) return { cost_s: full, credits: null };
  return { cost_s: Math.max(1, Math.ceil(full * PAID_SHARE)), credits: priceOf(full, job.tier) };
}

/** ProblemError unprocessable where nothing can be bought: the caller's transaction is rolled back. */
function requireForSale(jobs: readonly JobRow[]): void {
  for (const { credits_of, place, tier } of jobs) {
    if (!credits_of || place.startsWith("anyone|") && tier !== null) continue;
    throw new ProblemError(
      "unprocessable",
      "Credits buy an earlier place on the community's machines, and this may not run there. Ask for it without credits, or let the film run on anyone's machines.",
    );
  }
}

/** A job with its place in the fair order. */
export interface KeyedJob {
  job: NewJob;
  fair_key: number;
  /** Waits for what it needs. */
  blocked?: boolean;
  /** Lines of its story after the first. */
  remarks?: { kind: string; sentence: string }[];
}

/** Queues a job in the caller's transaction, which announces it after the commit. */
export async function insertJob(
  tx: Tx,
  project: ProjectRow,
  job: NewJob,
): Promise<JobRow> {
  const blocked = await mustWait(tx, project.id, job.needs ?? []);
  const lane = { ...job, cost_s: weightOf(job).cost_s };
  const fair_key = job.check_id
    ? await checksFairKey(tx, project, lane)
    : (await nextFairKeys(tx, project, lane))[0]!;
  const [row] = await insertJobs(tx, project, [{ job, fair_key, blocked }]);
  if (job.needs?.length) await addNeeds(tx, row!, job.needs);
  return job.kept_off?.length ? await keepOff(tx, row!, job.kept_off) : row!;
}

/** Machines that made what this job checks never get it. */
async function keepOff(tx: Tx, job: JobRow, agentIds: string[]): Promise<JobRow> {
  await tx`
    insert into agent_rules ${
    tx(agentIds.map((agent_id) => ({
      ...{ tenant_id: job.tenant_id, project_id: job.project_id, job_id: job.id },
      ...{ agent_id, rule: "never", set_by: "The studio" },
    })))
  }`;
  const [placed] = await replace(tx, { projectId: job.project_id, jobIds: [job.id] });
  return placed ?? job;
}

/** Writes jobs and how their stories begin, in one statement: their places are what trust and rules say at that moment. */
export async function insertJobs(q: Querier, project: ProjectRow, keyed: KeyedJob[]): Promise<JobRow[]> {
  const rows = keyed.map((each) => rowOf(project, each));
  const lines = rows.flatMap(({ id, state }, index) => {
    const { job, blocked, remarks = [] } = keyed[index]!;
    const asked = `${job.created_by ?? "Somebody"} asked for it${
      blocked ? "; it waits for what it needs" : ""
    }.`;
    return [
      { job_id: id, kind: "queued", sentence: asked, data: { to: state } },
      ...remarks.map((remark) => ({
        job_id: id,
        ...remark,
      })),
    ];
  });
  const made = await q<JobRow[]>`
    with made as (
      insert into jobs (id, tenant_id, project_id, branch, pool, place, sensitivity, asker_id, ask_id, ask_nth, kind, node_id, title, runner,
        tier_requested, tier, fallback, capability, vram_mb, ram_mb, disk_mb, fit, priority, cost_s, estimate_s, credits, credits_of, check_id, fair_key, state,
        max_attempts, max_run_s, avoid, spec, take, created_by)
      select j.id, j.tenant_id, j.project_id, j.branch, j.pool, ${
    placeOf(q)
  }, j.sensitivity, j.asker_id, j.ask_id, j.ask_nth, j.kind,
        j.node_id, j.title, j.runner, j.tier_requested, j.tier, j.fallback, j.capability, j.vram_mb, j.ram_mb, j.disk_mb,
        j.fit, j.priority, j.cost_s, j.estimate_s, j.credits, j.credits_of, j.check_id, j.fair_key, j.state, j.max_attempts, j.max_run_s, j.avoid, j.spec, j.take, j.created_by
      from jsonb_populate_recordset(null::jobs, ${q.json(rows as never)}::jsonb) j
      join projects p on p.id = j.project_id
      returning *
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select made.tenant_id, made.project_id, made.id, line.value ->> 'kind', line.value ->> 'sentence', line.value -> 'data'
      from jsonb_array_elements(${q.json(lines as never)}::jsonb) with ordinality line (value, nth)
      join made on made.id = (line.value ->> 'job_id')::uuid
      order by line.nth
    )
    select * from made`;
  if (made.length < rows.length) {
    throw new ProblemError("not_found", "There is no such project in this studio any more.");
  }
  requireForSale(made);
  return rows.map(({ id }) => made.find((row) => row.id === id)!);
}

/** What the job's row says of itself; the rest has defaults. */
function rowOf(project: ProjectRow, { job, fair_key, blocked = false }: KeyedJob) {
  const trace = currentTrace();
  return {
    id: uuidv7(),
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: project.branch,
    pool: poolKey(project.pools),
    sensitivity: job.sensitivity ?? null,
    asker_id: job.asker_id ?? null,
    ask_id: job.ask?.id ?? null,
    ask_nth: job.ask?.nth ?? null,
    kind: job.kind,
    node_id: job.node_id,
    title: job.title,
    runner: job.runner,
    tier_requested: job.tier_requested,
    tier: job.tier,
    fallback: job.fallback,
    capability: job.capability,
    vram_mb: job.vram_mb,
    ram_mb: job.ram_mb,
    disk_mb: job.disk_mb,
    fit: Math.floor(job.vram_mb / 1024),
    priority: job.priority,
    ...weightOf(job),
    estimate_s: job.cost_s === undefined ? null : costOf(job),
    credits_of: job.credits_of ?? null,
    check_id: job.check_id ?? null,
    fair_key,
    state: blocked ? "blocked" : "queued",
    max_attempts: MAX_ATTEMPTS,
    max_run_s: job.max_run_s,
    avoid: job.avoid ?? [],
    spec: { ...job.spec, ...(trace ? { trace } : {}) },
    take: job.take,
    created_by: job.created_by,
  };
}

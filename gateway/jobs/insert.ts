import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { mustWait } from "./dependencies.ts";
import { currentTrace } from "../traces/mod.ts";
import { costOf, isIn, type Lane, laneRow, lanesOf, type Turn, weightOf } from "./fair.ts";
import { poolKey } from "./fleet.ts";
import type { JobRow, NewJob } from "./mod.ts";
import type { NoticeView } from "./notices.ts";
import { placeOf, replace } from "./place.ts";

export const MAX_ATTEMPTS = 3;

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

/** A job that is to be written, with what its story says beside that somebody asked for it. */
export interface Fresh extends Turn {
  project: Pick<ProjectRow, "id" | "tenant_id" | "branch" | "pools">;
  job: NewJob;
  /** Waits for what it needs. */
  blocked?: boolean;
  remarks?: { kind: string; sentence: string }[];
  /** For the artist, without being asked. */
  notice?: { id: string; level: NoticeView["level"]; sentence: string };
  /** Where its trace began. */
  trace?: string | null;
}

/** Queues a job in the caller's transaction, which announces it after the commit. */
export async function insertJob(
  tx: Tx,
  project: ProjectRow,
  job: NewJob,
): Promise<JobRow> {
  const blocked = await mustWait(tx, project.id, job.needs ?? []);
  const [row] = await insertJobs(tx, [{ project, job, blocked, trace: currentTrace() }]);
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

/**
 * Writes jobs of one studio, in the order of their turns, with how their stories begin, what they need and what the artist is told of them:
 * one statement. Places are what trust and rules say at that moment, turns follow those given before (fair.ts); a check is no film's, and
 * its place is that of a film which was idle. Films' lanes are taken in one order, so that two gateways never wait for each other.
 */
export async function insertJobs(q: Querier, fresh: readonly Fresh[]): Promise<JobRow[]> {
  const lanes = lanesOf(fresh);
  const rows = fresh.map((each) => rowOf(each, lanes.find((lane) => isIn(lane, each))!));
  const lines = rows.flatMap(({ id, state }, index) => {
    const { job, blocked, remarks = [] } = fresh[index]!;
    const asked = `${job.created_by ?? "Somebody"} asked for it${
      blocked ? "; it waits for what it needs" : ""
    }.`;
    return [
      { job_id: id, kind: "queued", sentence: asked, data: { to: state } },
      ...remarks.map((remark) => ({ job_id: id, ...remark })),
    ];
  });
  const notices = fresh.flatMap(({ notice }, index) =>
    notice ? [{ ...notice, job_id: rows[index]!.id }] : []
  );
  const needs = fresh.flatMap(({ job }, index) =>
    [...new Set(job.needs)].map((needs) => ({ needs, job_id: rows[index]!.id }))
  );
  const made = await q<Pick<JobRow, "id" | "place" | "fair_key" | "run_after" | "created_at">[]>`
    with lanes as materialized (
      select lane.*, coalesce((
          select before.fair_key from jobs before
          where before.tenant_id = lane.tenant_id and before.capability = lane.capability and before.priority = lane.priority
            and before.lease_token > 0
          order by before.fair_key desc limit 1), 0) as clock
      from jsonb_to_recordset(${q.json(lanes.map(laneRow) as never)}::jsonb)
        as lane (project_id uuid, tenant_id uuid, capability text, priority smallint, cost bigint, of_check boolean)
    ),
    turns as (
      insert into fair_lanes as f (project_id, tenant_id, capability, priority, finish)
      select project_id, tenant_id, capability, priority, clock + cost from lanes where not of_check
      order by project_id, capability, priority
      on conflict (project_id, capability, priority) do update set finish = greatest(excluded.finish, f.finish + (
        select cost from lanes l
        where l.project_id = f.project_id and l.capability = f.capability and l.priority = f.priority))
      returning project_id, capability, priority, finish
    ),
    made as (
      insert into jobs (id, tenant_id, project_id, branch, pool, place, sensitivity, asker_id, ask_id, ask_nth, kind, node_id, title, runner,
        tier_requested, tier, fallback, capability, vram_mb, ram_mb, disk_mb, fit, priority, cost_s, estimate_s, credits, credits_of, check_id, fair_key, state,
        max_attempts, max_run_s, avoid, spec, take, created_by)
      select j.id, j.tenant_id, j.project_id, j.branch, j.pool, ${
    placeOf(q)
  }, j.sensitivity, j.asker_id, j.ask_id, j.ask_nth, j.kind,
        j.node_id, j.title, j.runner, j.tier_requested, j.tier, j.fallback, j.capability, j.vram_mb, j.ram_mb, j.disk_mb,
        j.fit, j.priority, j.cost_s, j.estimate_s, j.credits, j.credits_of, j.check_id,
        coalesce(turns.finish, lanes.clock + lanes.cost) + j.fair_key,
        j.state, j.max_attempts, j.max_run_s, j.avoid, j.spec, j.take, j.created_by
      from jsonb_populate_recordset(null::jobs, ${q.json(rows as never)}::jsonb) j
      left join projects p on p.id = j.project_id
      join lanes using (project_id, capability, priority)
      left join turns using (project_id, capability, priority)
      returning id, tenant_id, project_id, node_id, place, fair_key, run_after, created_at
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select made.tenant_id, made.project_id, made.id, line.value ->> 'kind', line.value ->> 'sentence', line.value -> 'data'
      from jsonb_array_elements(${q.json(lines as never)}::jsonb) with ordinality line (value, nth)
      join made on made.id = (line.value ->> 'job_id')::uuid
      order by line.nth
    )
    ${notices.length ? q`, noticed as (${writeNotices(q, notices)})` : q``}
    ${needs.length ? q`, needed as (${writeNeeds(q, needs)})` : q``}
    select id, place, fair_key, run_after, created_at from made`;
  if (made.length < rows.length) {
    throw new ProblemError("not_found", "There is no such project in this studio any more.");
  }
  const written = new Map(made.map((row) => [row.id, row]));
  const jobs = rows.map((row): JobRow => ({ ...UNTOUCHED, ...row, ...written.get(row.id)! }));
  requireForSale(jobs);
  return jobs;
}

function writeNotices(q: Querier, notices: readonly { id: string; job_id: string }[]) {
  return q`
    insert into notices (id, tenant_id, project_id, level, sentence, job_id, node_id)
    select n.id, made.tenant_id, made.project_id, n.level, n.sentence, made.id, made.node_id
    from jsonb_populate_recordset(null::notices, ${q.json(notices as never)}::jsonb) n
    join made on made.id = n.job_id`;
}

function writeNeeds(q: Querier, needs: readonly { job_id: string; needs: string }[]) {
  return q`
    insert into job_dependencies (job_id, needs, tenant_id)
    select made.id, n.needs, made.tenant_id
    from jsonb_populate_recordset(null::job_dependencies, ${q.json(needs as never)}::jsonb) n
    join made on made.id = n.job_id`;
}

/** What a row has before anything happened to it: the table's defaults. */
const UNTOUCHED = {
  ...{ attempt: 0, resting: false, lease_token: 0, lease_agent: null, lease_slot: null, lease_boot: null },
  ...{ lease_until: null, started_at: null, cancel_requested_at: null, oom_retries: 0, error: null },
  finished_at: null,
};

/** What a job asks of the machine that makes it, and what it is: the same for the job that makes it once more. */
export function asksOf(
  job: Pick<JobRow, "kind" | "node_id" | "runner" | "tier_requested" | "tier" | "fallback" | keyof Need>,
) {
  const { kind, node_id, runner, tier_requested, tier, fallback } = job;
  const { capability, vram_mb, ram_mb, disk_mb, max_run_s } = job;
  return {
    ...{ kind, node_id, runner, tier_requested, tier, fallback },
    ...{ capability, vram_mb, ram_mb, disk_mb, max_run_s },
  };
}
type Need = Pick<JobRow, "capability" | "vram_mb" | "ram_mb" | "disk_mb" | "max_run_s">;

/** What the job's row says of itself; the rest has defaults. Its turn is said from the lane's last, which the statement knows. */
function rowOf({ project, job, blocked = false, trace }: Fresh, lane: Lane) {
  const weight = weightOf(job);
  lane.given += weight.cost_s;
  return {
    id: uuidv7(),
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: project.branch,
    pool: poolKey(project.pools),
    ...asksOf(job),
    title: job.title,
    fit: Math.floor(job.vram_mb / 1024),
    sensitivity: job.sensitivity ?? null,
    asker_id: job.asker_id ?? null,
    ask_id: job.ask?.id ?? null,
    ask_nth: job.ask?.nth ?? null,
    priority: job.priority,
    ...weight,
    fair_key: lane.given - lane.cost,
    estimate_s: job.cost_s === undefined ? null : costOf(job),
    credits_of: job.credits_of ?? null,
    check_id: job.check_id ?? null,
    state: blocked ? "blocked" as const : "queued" as const,
    max_attempts: MAX_ATTEMPTS,
    avoid: job.avoid ?? [],
    spec: { ...job.spec, ...(trace ? { trace } : {}) },
    take: job.take,
    created_by: job.created_by,
  };
}

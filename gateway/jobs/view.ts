import type { z } from "zod";
import type { Job, JobEvent } from "../../shared/jobs/job.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { JobRow } from "./mod.ts";
import { parsePlace } from "./place.ts";
import { outlooksOf, withOutlook } from "./outlook.ts";
import type { Room } from "./room.ts";
import { waitingReason } from "./waiting.ts";

export type JobView = z.infer<typeof Job>;

/** Jobs as the API and the screens show them. Rows may be of several tenants. */
export async function viewJobs(room: Room, rows: JobRow[]): Promise<JobView[]> {
  if (!rows.length) return [];
  const { studio, progress } = room;
  const rosters = new Map<string, AgentRow[]>();
  const full = new Map<string, string | null>();
  // Only what waits is asked why: reading the fleet for every grant would cost more than the grant.
  for (const tenant of new Set(rows.filter((row) => row.state === "queued").map((row) => row.tenant_id))) {
    rosters.set(tenant, await studio.agents.roster(tenant));
    full.set(tenant, await studio.plans.full(studio.db.sql, tenant));
  }
  const results = await resultsOf(room, rows.filter((row) => row.state === "succeeded").map((row) => row.id));
  const needs = await needsOf(room, rows.filter((row) => row.state === "blocked").map((row) => row.id));
  const names = await room.names.of(
    studio.db.sql,
    rows.flatMap((row) => row.lease_agent ? [row.lease_agent] : []),
  );
  const now = Date.now();
  const outlooks = await outlooksOf(room, rows, rosters);
  // A page of a backlog asks the same of the same fleet again and again.
  const known = new Map<string, ReturnType<typeof waitingReason>>();
  const why = (row: JobRow, roster: AgentRow[]) => {
    if (row.state !== "queued" || row.resting) {
      return waitingReason(row, roster, { now, needs: needs.get(row.id) ?? [] });
    }
    const { tenant_id, pool, place, capability, runner, tier, vram_mb, ram_mb, disk_mb } = row;
    const key = JSON.stringify([
      tenant_id,
      row.project_id,
      pool,
      place,
      row.sensitivity,
      capability,
      runner,
      tier,
      vram_mb,
      ram_mb,
      disk_mb,
      outlooks.get(row.id),
    ]);
    const before = known.get(key);
    if (before) return before;
    const reason = withOutlook(
      waitingReason(row, roster, { now, full: full.get(tenant_id) ?? null }),
      outlooks.get(row.id),
    );
    known.set(key, reason);
    return reason;
  };
  return rows.map((row) => {
    const roster = rosters.get(row.tenant_id) ?? [];
    return {
      id: row.id,
      project_id: row.project_id,
      branch: row.branch,
      // Comparisons are of checks, which nobody is shown.
      kind: row.kind as JobView["kind"],
      node_id: row.node_id,
      title: row.title,
      runner: row.runner,
      ...(row.spec.kind === "generate" ? { runner_version: row.spec.runner_version } : {}),
      tier_requested: row.tier_requested,
      tier: row.tier,
      fallback: row.fallback,
      capability: row.capability,
      vram_mb: row.vram_mb,
      place: parsePlace(row.place),
      priority: row.priority,
      order: row.fair_key,
      state: row.state,
      attempt: row.attempt,
      max_attempts: row.max_attempts,
      cancel_requested: row.cancel_requested_at !== null,
      take: row.take,
      take_id: results.get(row.id)?.take_id ?? null,
      export_id: results.get(row.id)?.export_id ?? null,
      error: row.error,
      agent: row.lease_agent && (names.get(row.lease_agent) ?? null),
      waiting: why(row, roster),
      progress: row.state === "leased" ? progress.of(row.id) : null,
      created_by: row.created_by,
      created_at: row.created_at.toISOString(),
      started_at: row.started_at?.toISOString() ?? null,
      finished_at: row.finished_at?.toISOString() ?? null,
    };
  });
}

interface Result {
  job_id: string;
  take_id: string | null;
  export_id: string | null;
}

/** What succeeded jobs made. Reads the tables of the rooms that keep results: their doors don't look up by job. */
async function resultsOf({ studio }: Room, ids: string[]): Promise<Map<string, Result>> {
  if (!ids.length) return new Map();
  const rows = await studio.db.sql<Result[]>`
    select job_id, id as take_id, null::uuid as export_id from takes where job_id = any(${ids}::uuid[])
    union all
    select job_id, null::uuid, id from exports where job_id = any(${ids}::uuid[])`;
  return new Map(rows.map((row) => [row.job_id, row]));
}

/** Titles of what blocked jobs still wait for. */
async function needsOf({ studio }: Room, ids: string[]): Promise<Map<string, string[]>> {
  if (!ids.length) return new Map();
  const rows = await studio.db.sql<{ job_id: string; titles: string[] }[]>`
    select d.job_id, array_agg(j.title order by j.id) as titles
    from job_dependencies d join jobs j on j.id = d.needs
    where d.job_id = any(${ids}::uuid[]) and j.state <> 'succeeded' group by d.job_id`;
  return new Map(rows.map((row) => [row.job_id, row.titles]));
}

interface EventRow {
  id: number;
  job_id: string;
  at: Date;
  kind: string;
  sentence: string;
  data: Record<string, unknown> | null;
}

/** The story of a job, oldest first. */
export async function story({ studio }: Room, jobId: string): Promise<z.infer<typeof JobEvent>[]> {
  const rows = await studio.db.sql<EventRow[]>`
    select id, job_id, at, kind, sentence, data from job_events where job_id = ${jobId} order by id limit 1000`;
  return rows.map((row) => ({ ...row, id: String(row.id), at: row.at.toISOString() }));
}

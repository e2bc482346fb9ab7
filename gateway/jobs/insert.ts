import { uuidv7 } from "../../shared/ids.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { addNeeds, mustWait } from "./dependencies.ts";
import { currentTrace } from "../traces/mod.ts";
import { poolKey } from "./fleet.ts";
import type { JobRow, NewJob } from "./mod.ts";
import { placeFor } from "./place.ts";
import { tell } from "./state_machine.ts";

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
 */
export async function nextFairKey(
  tx: Tx,
  project: ProjectRow,
  job: Pick<NewJob, "capability" | "priority" | "cost_s">,
): Promise<number> {
  const cost = costOf(job);
  const [fair] = await tx<{ key: number }[]>`
    with lane as (
      select coalesce((
        select fair_key from jobs
        where tenant_id = ${project.tenant_id} and capability = ${job.capability} and priority = ${job.priority}
          and lease_token > 0
        order by fair_key desc limit 1), 0) as now
    )
    insert into fair_lanes as f (project_id, tenant_id, capability, priority, finish)
    select ${project.id}, ${project.tenant_id}, ${job.capability}, ${job.priority}::int, ${cost}::int + lane.now from lane
    on conflict (project_id, capability, priority) do update
      set finish = ${cost}::int + greatest(f.finish, excluded.finish - ${cost}::int)
    returning finish as key`;
  return fair!.key;
}

/** Counts up for ever within a project: takes have their reels from it. */
export async function nextSerial(tx: Tx, projectId: string): Promise<number> {
  const [row] = await tx<{ serial: number }[]>`
    update projects set fair_finish = fair_finish + 1 where id = ${projectId} returning fair_finish as serial`;
  return row!.serial;
}

/** Queues a job in the caller's transaction, which announces it after the commit. */
export async function insertJob(
  tx: Tx,
  project: ProjectRow,
  job: NewJob,
): Promise<JobRow> {
  const id = uuidv7();
  const waits = await mustWait(tx, project.id, job.needs ?? []);
  const { node_id, sensitivity = null } = job;
  const trace = currentTrace();
  const place = await placeFor(tx, { project_id: project.id, node_id, sensitivity });
  const [row] = await tx<JobRow[]>`
    insert into jobs ${
    tx({
      id,
      tenant_id: project.tenant_id,
      project_id: project.id,
      branch: project.branch,
      pool: poolKey(project.pools),
      place,
      sensitivity,
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
      cost_s: costOf(job),
      fair_key: await nextFairKey(tx, project, job),
      state: waits ? "blocked" : "queued",
      max_attempts: MAX_ATTEMPTS,
      max_run_s: job.max_run_s,
      avoid: job.avoid ?? [],
      spec: tx.json({ ...job.spec, ...(trace ? { trace } : {}) } as never),
      take: job.take && tx.json(job.take as never),
      created_by: job.created_by,
    })
  } returning *`;
  if (job.needs?.length) await addNeeds(tx, row!, job.needs);
  await tell(tx, row!, {
    kind: "queued",
    sentence: `${job.created_by ?? "Somebody"} asked for it${waits ? "; it waits for what it needs" : ""}.`,
    data: { to: row!.state },
  });
  return row!;
}

import { uuidv7 } from "../../shared/ids.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { addNeeds, mustWait } from "./dependencies.ts";
import { poolKey } from "./fleet.ts";
import type { JobRow, NewJob } from "./mod.ts";
import { placeFor } from "./place.ts";
import { tell } from "./state_machine.ts";

/** Seconds that a job counts for when its runner has no estimate. */
const DEFAULT_COST_S = 60;
export const MAX_ATTEMPTS = 3;

/**
 * Fairness between projects is start-time fair queueing: a job's key is where its project stood, or the virtual time of its
 * lane if the project was idle, plus the job's cost in seconds. The virtual time is the greatest key ever handed out in the lane, so
 * neither has an idle project saved up turns, nor does a job that nobody can take hold the clock.
 */
export async function nextFairKey(
  tx: Tx,
  project: ProjectRow,
  job: Pick<NewJob, "capability" | "priority" | "cost_s">,
): Promise<number> {
  const cost = Math.max(1, Math.round(job.cost_s ?? DEFAULT_COST_S));
  const [fair] = await tx<{ key: number }[]>`
    update projects set fair_finish = ${cost} + greatest(fair_finish, coalesce((
      select fair_key from jobs
      where tenant_id = ${project.tenant_id} and capability = ${job.capability} and priority = ${job.priority}
        and lease_token > 0
      order by fair_key desc limit 1), 0))
    where id = ${project.id} returning fair_finish as key`;
  return fair!.key;
}

/** Queues a job in the caller's transaction, which announces it after the commit. */
export async function insertJob(
  tx: Tx,
  project: ProjectRow,
  job: NewJob,
  fairKey?: number,
): Promise<JobRow> {
  const id = uuidv7();
  const waits = await mustWait(tx, project.id, job.needs ?? []);
  const { node_id, sensitivity = null } = job;
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
      fair_key: fairKey ?? await nextFairKey(tx, project, job),
      state: waits ? "blocked" : "queued",
      max_attempts: MAX_ATTEMPTS,
      max_run_s: job.max_run_s,
      avoid: job.avoid ?? [],
      spec: tx.json(job.spec as never),
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

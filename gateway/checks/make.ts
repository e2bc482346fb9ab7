import { stricter } from "../../shared/jobs/trust.ts";
import { COMPARE } from "../../shared/jobs/compare.ts";
import { DEFAULT_PRIORITY, type GenerateSpec } from "../../shared/jobs/job.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow, NewJob } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { Opinion } from "./store.ts";
import type { Circle } from "./who.ts";

/**
 * The same once more: spec, shot, take name and all, so that to whoever gets it, it is a job like any other. In the caller's transaction, which
 * announces it.
 */
export async function makeIt(
  studio: Studio,
  tx: Tx,
  checkId: string,
  job: JobRow,
  { trust, kept_off }: Circle,
): Promise<JobRow> {
  const { trace: _, ...spec } = job.spec as GenerateSpec;
  return await queue(studio, tx, checkId, job, {
    kind: "generate",
    title: job.title,
    runner: job.runner,
    tier_requested: job.tier,
    tier: job.tier,
    capability: job.capability,
    vram_mb: job.vram_mb,
    ram_mb: job.ram_mb,
    disk_mb: job.disk_mb,
    max_run_s: job.max_run_s,
    ...(job.estimate_s === null ? {} : { cost_s: job.estimate_s }),
    spec,
    take: job.take,
    sensitivity: stricter(trust, job.sensitivity ?? "anyone"),
    kept_off,
  });
}

/** Looking at what they made: by a trusted machine that did not make what is in question. */
export async function compareThem(
  studio: Studio,
  tx: Tx,
  checkId: string,
  job: JobRow,
  opinions: readonly Opinion[],
): Promise<JobRow> {
  const spec = job.spec as GenerateSpec;
  return await queue(studio, tx, checkId, job, {
    kind: "compare",
    title: job.title,
    runner: COMPARE,
    tier_requested: null,
    tier: null,
    capability: COMPARE,
    vram_mb: 0,
    ram_mb: 0,
    disk_mb: 256 + Math.ceil(opinions.reduce((sum, { size }) => sum + size, 0) / 2 ** 20),
    max_run_s: 1800,
    cost_s: 10,
    spec: {
      kind: "compare",
      title: spec.title,
      output: spec.output,
      width: spec.width,
      height: spec.height,
      inputs: opinions.map(({ nth, oid, size, extension }) => ({
        ...{ name: String(nth), oid, size },
        file_name: `${nth}.${extension}`,
      })),
    },
    take: null,
    sensitivity: stricter("trusted", job.sensitivity ?? "anyone"),
    kept_off: [opinions[0]!.agent_id],
  });
}

async function queue(
  studio: Studio,
  tx: Tx,
  checkId: string,
  of: JobRow,
  job: Omit<NewJob, "fallback" | "priority" | "created_by" | "node_id">,
): Promise<JobRow> {
  const project = await studio.projects.byId(tx, of.project_id) as ProjectRow;
  const row = await studio.jobs.insert(tx, { ...project, branch: of.branch }, {
    ...job,
    // By which the film's rules for the node hold here, too.
    node_id: of.node_id,
    fallback: null,
    priority: DEFAULT_PRIORITY,
    created_by: "The studio",
    check_id: checkId,
  });
  await tx`update checks set job_id = ${row.id} where id = ${checkId}`;
  return row;
}

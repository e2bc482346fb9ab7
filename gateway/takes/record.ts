import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { takeName, takePath } from "../../shared/takes/name.ts";
import type { Tx } from "../db/mod.ts";
import { enqueue } from "../git/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { checkMedia } from "./media.ts";
import type { TakeRow } from "./mod.ts";
import { sidecarOf } from "./sidecar.ts";
import { activateFirst, insertTake, makerAndTime, takeOfJob } from "./store.ts";

/**
 * A finished generation as a take: checked, kept, the first of its node chosen, and told to Git. That its objects are in
 * the store the job room has seen to.
 */
export async function recordTake(
  tx: Tx,
  project: ProjectRow,
  job: JobRow,
  done: z.infer<typeof CompleteBody>,
): Promise<TakeRow> {
  const before = await takeOfJob(tx, job.id);
  if (before) return before;
  const spec = generateSpec(job);
  checkMedia(spec, done.media, done.file.extension);
  const { take, fresh } = await insertTake(tx, {
    id: uuidv7(),
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: job.branch,
    node_id: job.node_id!,
    shot: spec.take.shot,
    version: spec.take.version,
    take: spec.take.take,
    name: takeName(spec.take),
    job_id: job.id,
    kind: spec.output,
    tier_requested: job.tier_requested ?? spec.tier,
    tier: job.tier ?? spec.tier,
    runner: spec.runner,
    oid: done.file.oid,
    size: done.file.size,
    extension: done.file.extension,
    media: done.media,
    poster_oid: done.poster?.oid ?? null,
    proxy_oid: done.proxy?.oid ?? null,
    reel: spec.reel,
    timecode_start: spec.timecode_start,
    path: takePath(spec.take, done.file.extension),
    sidecar: sidecarOf(job, spec, done, await makerAndTime(tx, job.lease_agent)),
  });
  if (!fresh) return take;
  const row = {
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: job.branch,
    author: job.created_by ?? "Studio",
  };
  await enqueue(tx, { ...row, kind: "take", subject: take.id });
  // project.json names each shot's active take.
  if (await activateFirst(tx, take, job.branch)) {
    await enqueue(tx, { ...row, kind: "manifest", subject: null });
  }
  return take;
}

function generateSpec(job: JobRow): GenerateSpec {
  if (job.spec.kind !== "generate" || job.node_id === null) {
    throw new ProblemError("unprocessable", `${job.title} is not a generation, so it cannot end as a take.`);
  }
  return job.spec;
}

import type { z } from "zod";
import type { JobLog } from "../../shared/jobs/log.ts";
import { redactLog } from "../../shared/jobs/redact.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Tx } from "../db/mod.ts";
import { grantOf, leaseLost } from "./grant.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";

/** The last lines of an attempt, instead of those before. Once more without prompt and secrets: an agent may be of another version. */
export async function keepLog(
  { studio }: Room,
  agentId: string,
  lease: string,
  tail: string,
): Promise<void> {
  const { jobId, token } = grantOf(lease);
  const { sql } = studio.db;
  const [job] = await sql<Pick<JobRow, "spec">[]>`
    select spec from jobs where id = ${jobId} and lease_token = ${token} and lease_agent = ${agentId}
      and state = 'leased'`;
  if (!job) throw leaseLost();
  const kept = redactLog(tail, job.spec.kind === "generate" ? job.spec.params : {});
  // Written only under the grant as it is at that moment: an attempt that has just ended changes nothing of the next.
  await sql`
    insert into job_logs as l (job_id, tenant_id, lease_token, log_tail, log_at)
    select id, tenant_id, lease_token, ${kept}, now() from jobs
    where id = ${jobId} and lease_token = ${token} and state = 'leased'
    on conflict (job_id) do update set log_tail = excluded.log_tail, log_at = excluded.log_at,
      image = case when l.lease_token = excluded.lease_token then l.image end,
      image_at = case when l.lease_token = excluded.lease_token then l.image_at end,
      lease_token = excluded.lease_token`;
}

/** The last picture of an attempt, for whoever opens a screen later. */
export async function keepImage(
  { studio }: Room,
  jobId: string,
  token: number,
  jpeg: Uint8Array,
): Promise<void> {
  await studio.db.sql`
    insert into job_logs as l (job_id, tenant_id, lease_token, image, image_at)
    select id, tenant_id, lease_token, ${jpeg}, now() from jobs
    where id = ${jobId} and lease_token = ${token} and state = 'leased'
    on conflict (job_id) do update set image = excluded.image, image_at = excluded.image_at,
      log_tail = case when l.lease_token = excluded.lease_token then l.log_tail else '' end,
      log_at = case when l.lease_token = excluded.lease_token then l.log_at end,
      lease_token = excluded.lease_token`;
}

/** What succeeded needs no diagnosis. */
export async function forgetLog(tx: Tx, jobId: string): Promise<void> {
  await tx`delete from job_logs where job_id = ${jobId}`;
}

export async function readLog({ studio, names }: Room, job: JobRow): Promise<z.infer<typeof JobLog>> {
  const { sql } = studio.db;
  const [row] = await sql<{ log_tail: string; log_at: Date | null; image_at: Date | null }[]>`
    select log_tail, log_at, image_at from job_logs where job_id = ${job.id}`;
  const agent = job.lease_agent && (await names.of(sql, [job.lease_agent])).get(job.lease_agent);
  const imageAt = row?.image_at?.toISOString() ?? null;
  return {
    job_id: job.id,
    log_tail: row?.log_tail ?? "",
    log_at: row?.log_at?.toISOString() ?? null,
    agent: agent ?? null,
    attempt: job.attempt,
    image_url: imageAt && `/api/jobs/${job.id}/image?at=${encodeURIComponent(imageAt)}`,
    image_at: imageAt,
  };
}

export async function readImage({ studio }: Room, job: JobRow): Promise<Uint8Array> {
  const [row] = await studio.db.sql<{ image: Uint8Array | null }[]>`
    select image from job_logs where job_id = ${job.id}`;
  if (!row?.image) throw new ProblemError("not_found", `"${job.title}" has sent no picture.`);
  return row.image;
}

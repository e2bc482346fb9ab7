import { Buffer } from "node:buffer";
import { ProblemError } from "../../shared/http/problem.ts";
import { grantOf, leaseLost } from "./grant.ts";
import { keepImage } from "./log.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";

/** Bytes; as events.ts promises. */
const MOST_BYTES = 256 * 1024;

/** Milliseconds between two pictures of a job that are kept for those who look later. */
const KEPT_EVERY_MS = 10_000;

/** Shows a small JPEG of a running job to whoever looks; one of them every few seconds is kept for whoever comes later. */
export async function preview(
  room: Room,
  agentId: string,
  lease: string,
  jpeg: Uint8Array,
): Promise<void> {
  if (jpeg.byteLength > MOST_BYTES) {
    throw new ProblemError("too_large", "A preview is at most 256 KiB; send a smaller JPEG.");
  }
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) {
    throw new ProblemError("unsupported_media_type", "A preview is a JPEG.");
  }
  const { studio } = room;
  const { jobId, token } = grantOf(lease);
  const [job] = await studio.db.sql<Pick<JobRow, "tenant_id" | "project_id" | "check_id">[]>`
    select tenant_id, project_id, check_id from jobs
    where id = ${jobId} and lease_token = ${token} and lease_agent = ${agentId} and state = 'leased'`;
  if (!job) throw leaseLost();
  if (room.pictured.due(lease, KEPT_EVERY_MS)) await keepImage(room, jobId, token, jpeg);
  if (job.check_id !== null || !studio.events.watched(job.project_id)) return;
  studio.events.publish(job.tenant_id, job.project_id, {
    type: "preview",
    job_id: jobId,
    jpeg: Buffer.from(jpeg).toString("base64"),
  });
}

import type { z } from "zod";
import type { Lease } from "../../shared/agents/protocol.ts";
import { leaseIdOf } from "./grant.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";

/** The lease as the agent gets it. `baseUrl` is the gateway's origin as this agent reaches it. */
export async function leaseView(
  { studio, footprints }: Room,
  job: JobRow,
  baseUrl: string,
): Promise<z.infer<typeof Lease>> {
  const film = job.film ?? await studio.projects.byId(studio.db.sql, job.project_id);
  if (!film) throw new Error(`Job ${job.id} belongs to no project`);
  const project = { id: job.project_id, tenant_id: job.tenant_id };
  const signing = Promise.all(job.spec.inputs.map(async ({ name, oid, size, file_name }) => ({
    name,
    oid,
    size,
    file_name,
    // Good for as long as the attempt may run: a queue of downloads must not outlive its URLs.
    url: await studio.lfs.url(project, oid, {
      fileName: file_name,
      expiresS: Math.min(86_400, job.max_run_s),
    }),
  })));
  const [inputs, expected, authorization] = await Promise.all([
    signing,
    footprints.expected(job),
    studio.auth.leaseAuthorization({
      tenantId: job.tenant_id,
      projectId: job.project_id,
      jobId: job.id,
      leaseToken: job.lease_token,
    }),
  ]);
  return {
    lease: leaseIdOf(job),
    job_id: job.id,
    attempt: job.attempt,
    lease_s: studio.config.leaseSeconds,
    max_run_s: job.max_run_s,
    ...(expected === null ? {} : { expected_s: Math.round(expected * 10) / 10 }),
    project: { id: job.project_id, title: film.title },
    spec: job.spec,
    inputs,
    lfs: {
      url: `${baseUrl.replace(/\/$/, "")}/git/${film.tenant_slug}/${film.slug}.git/info/lfs`,
      authorization,
    },
  };
}

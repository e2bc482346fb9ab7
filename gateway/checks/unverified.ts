import { ProblemError } from "../../shared/http/problem.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";

/** Somebody has looked at it and found it right. */
export async function keepTake(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  takeId: string,
): Promise<TakeRow> {
  const take = await studio.takes.find(project.id, takeId);
  if (!take.unverified) return take;
  await studio.db.sql.begin(async (tx) => {
    await tx`update takes set unverified = null where id = ${take.id} and project_id = ${project.id}`;
    await writeAudit(tx, {
      tenantId: project.tenant_id,
      who: user,
      what: "take_kept",
      subject: { id: take.id, name: take.name },
      detail: { project: project.title },
    });
  });
  const kept = { ...take, unverified: null };
  await studio.takes.announce(kept);
  return kept;
}

/** The same once more, as another take and not on the machine that made it. */
export async function makeTakeAgain(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  takeId: string,
): Promise<JobRow> {
  const take = await studio.takes.find(project.id, takeId);
  const { sql } = studio.db;
  const [job] = await sql<JobRow[]>`
    select * from jobs where id = ${take.job_id} and tenant_id = ${project.tenant_id}`;
  if (!job) {
    throw new ProblemError(
      "unprocessable",
      `How ${take.name} was asked for is not known here any more; restore its settings and generate.`,
    );
  }
  return await studio.jobs.makeAgain(project, user, job);
}

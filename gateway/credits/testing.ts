import { uuidv7 } from "../../shared/ids.ts";
import { CREDIT } from "../../shared/jobs/price.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { addTaker, deliver, queue } from "../jobs/testing.ts";
import type { JobRow, Taker } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";
import type { Credits, Purse } from "../../shared/api/credits.ts";

type Name = "owner" | "artist" | "viewer";

/** A machine that somebody lends to the community. */
export async function lentTaker(
  test: TestStudio,
  lender: UserPrincipal,
  agent_name: string,
  options: Parameters<typeof addTaker>[1] = {},
): Promise<Taker> {
  const taker = await addTaker(test, { agent_name, ...options });
  await test.studio.db.sql`
    update agents set owner_id = ${lender.user_id}, lent_by = ${lender.name}, trust = 'anyone' where id = ${taker.agent_id}`;
  return { ...taker, trust: "anyone", owner_id: lender.user_id };
}

/** Does one job that took so many seconds, as the gateway saw it. */
export async function work(
  test: TestStudio,
  project: ProjectRow,
  taker: Taker,
  seconds: number,
): Promise<JobRow> {
  await queue(test, project, { cost_s: seconds });
  const job = (await test.studio.jobs.take(taker))!;
  return await deliverAfter(test, job, seconds);
}

/** Reports a job that has run for so long. */
export async function deliverAfter(test: TestStudio, job: JobRow, seconds: number): Promise<JobRow> {
  const { sql } = test.studio.db;
  await sql`update jobs set started_at = now() - make_interval(secs => ${seconds + 5}) where id = ${job.id}`;
  const done = await deliver(test, job);
  await sql`update usage_events set amount = ${seconds} where job_id = ${job.id} and kind = 'gpu_seconds'`;
  return done;
}

/** Credits out of nothing, for stories that begin with some: as a row of the ledger. */
export async function endow(test: TestStudio, user: UserPrincipal, credits: number): Promise<void> {
  await test.studio.db.sql`
    insert into credit_entries (tenant_id, user_id, kind, amount, gift_id)
    values (${user.tenant_id}, ${user.user_id}, 'earned', ${credits * CREDIT}, ${uuidv7()})`;
}

export async function creditsOf(test: TestStudio, as: Name): Promise<Credits> {
  return await (await test.request("/api/credits", {}, as)).json();
}

export async function purseOf(test: TestStudio, project: ProjectRow): Promise<Purse> {
  return await (await test.request(`/api/projects/${project.id}/credits`)).json();
}

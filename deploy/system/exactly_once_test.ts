import assert from "node:assert/strict";
import { type BenchStudio, openBenchStudio } from "../bench/studio.ts";
import { onPostgres, openTestDatabase } from "../../gateway/testing/database.ts";

const POLLERS = 16;
const JOBS = 10_000;

Deno.test({
  name: `${POLLERS} pollers of two gateways take ${JOBS} jobs, each exactly once`,
  ignore: !onPostgres,
}, async () => {
  await using database = await openTestDatabase();
  await using first = await openBenchStudio(database.url!, POLLERS / 2);
  await using second = await openBenchStudio(database.url!, POLLERS / 2);
  await first.fill(JOBS + 2_000, JOBS);

  const leases = (await Promise.all(
    [first, second].flatMap((gateway) => gateway.takers.map((_, index) => takeAll(gateway, index))),
  )).flat();

  assert.equal(leases.length, JOBS);
  assert.equal(new Set(leases.map((lease) => lease.split(".")[0])).size, JOBS, "a job was granted twice");
  const { sql } = first.studio.db;
  const [row] = await sql<{ leased: number; granted: number; told: number; left: number }[]>`
    select count(*) filter (where state = 'leased')::int as leased,
      sum(lease_token)::int as granted,
      (select count(*)::int from job_events where kind = 'lease') as told,
      count(*) filter (where state = 'queued')::int as left
    from jobs`;
  assert.deepEqual({ ...row }, { leased: JOBS, granted: JOBS, told: JOBS, left: 2_000 });
});

/** Polls as an agent's slot does, until there is nothing for it. */
async function takeAll({ studio, takers }: BenchStudio, index: number): Promise<string[]> {
  const leases: string[] = [];
  for (;;) {
    const job = await studio.jobs.poll(takers[index]!, 0.5, new AbortController().signal);
    if (!job) return leases;
    leases.push(`${job.id}.${job.lease_token}`);
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../../shared/http/problem.ts";
import { ErrorClass, type JobState } from "../../shared/jobs/job.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { reserve } from "../credits/mod.ts";
import type { TestStudio } from "../testing/studio.ts";
import type { JobRow, Taker } from "./mod.ts";
import { addTaker, deliver, leaseOf, openJobStudio, queue } from "./testing.ts";
import { type Happening, next, TRANSITIONS } from "./transitions.ts";

const STEPS = [
  "take",
  "beat",
  "deliver",
  "fail",
  "release",
  "reboot",
  "run out",
  "overtime",
  "sweep",
  "cancel",
  "retry",
] as const;

const step = fc.record({
  does: fc.constantFrom(...STEPS),
  who: fc.nat({ max: 1 }),
  /** Which of the grants or jobs so far: also old ones, as late and doubled messages have. */
  which: fc.nat(),
  error: fc.constantFrom(...ErrorClass.options),
});

Deno.test("in any storm of late, doubled and lost messages every job keeps a true story, at most one take, and what was set aside for it", async () => {
  await using studio = await openJobStudio();
  const takers = [await addTaker(studio), await addTaker(studio, { agent_name: "Other" })];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const project = await studio.makeProject("Storm");
      const made = await paid(studio, await queue(studio, project, { count: 3 }));
      await queue(studio, project, { needs: [made[0]!.id, made[1]!.id] });
      const grants: JobRow[] = [];
      for (const each of steps) {
        try {
          await act(studio, takers, grants, made, each);
        } catch (error) {
          // A refusal is an answer; anything else is a bug.
          if (!(error instanceof ProblemError)) throw error;
        }
      }
      await check(studio, project.id, grants);
      await studio.studio.db.sql`
        update jobs set state = 'cancelled', finished_at = now(), lease_until = null, resting = false
        where project_id = ${project.id} and state in ('queued', 'leased', 'blocked')`;
    }),
    { numRuns: 8 },
  );
});

/** Each of them for an earlier place, from a purse that never runs out. */
async function paid({ studio }: TestStudio, queued: JobRow[]): Promise<JobRow[]> {
  return await studio.db.sql.begin(async (tx) => {
    const { tenant_id, project_id } = queued[0]!;
    await tx`
      insert into credit_entries (tenant_id, project_id, kind, amount, gift_id)
      values (${tenant_id}, ${project_id}, 'received', 1000000, ${uuidv7()})`;
    const jobs = await tx<JobRow[]>`
      update jobs set credits = 1000, credits_of = 'purse' where id = any(${
      queued.map(({ id }) => id)
    }::uuid[])
      returning *`;
    await reserve(tx, jobs, "purse");
    return jobs;
  }) as JobRow[];
}

async function act(
  studio: TestStudio,
  takers: Taker[],
  grants: JobRow[],
  made: JobRow[],
  { does, who, which, error }: typeof step extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  const { jobs, db, projects } = studio.studio;
  const taker = takers[who]!;
  const grant = grants.length ? grants[which % grants.length]! : null;
  const job = made[which % made.length]!;
  const project = (await projects.byId(db.sql, job.project_id))!;
  switch (does) {
    case "take": {
      const taken = await jobs.take(taker);
      if (taken) grants.push(taken);
      return;
    }
    case "beat":
      if (grant) {
        await jobs.heartbeat(grant.lease_agent!, {
          boot_id: grant.lease_boot!,
          draining: false,
          leases: [{ lease: leaseOf(grant), progress: { stage: "Sampling", progress: 0.5 } }],
        });
      }
      return;
    case "deliver":
      if (grant) await deliver(studio, grant);
      return;
    case "fail":
      if (grant) {
        await jobs.fail(grant.lease_agent!, leaseOf(grant), { class: error, message: "It did not work" });
      }
      return;
    case "release":
      if (grant) await jobs.release(grant.lease_agent!, leaseOf(grant), "test");
      return;
    case "reboot":
      taker.boot_id = uuidv7();
      return await jobs.freeOtherBoots(taker.agent_id, taker.boot_id);
    case "run out":
      await db
        .sql`update jobs set lease_until = now() - interval '1 second' where id = ${job.id} and state = 'leased'`;
      return;
    case "overtime":
      await db
        .sql`update jobs set started_at = now() - interval '1 day' where id = ${job.id} and state = 'leased'`;
      return;
    case "sweep":
      await db.sql`update jobs set run_after = now() where resting`;
      await jobs.sweep();
      return;
    case "cancel":
      return void await jobs.cancel(project, job.id, "Ada");
    case "retry":
      return void await jobs.retry(project, job.id, "Ada");
  }
}

async function check({ studio }: TestStudio, projectId: string, grants: JobRow[]): Promise<void> {
  const { sql } = studio.db;
  const rows = await sql<{ id: string; state: JobState; takes: number; lease_token: number }[]>`
    select id, state, lease_token, (select count(*)::int from takes where job_id = jobs.id) as takes
    from jobs where project_id = ${projectId}`;
  for (const row of rows) {
    assert.equal(row.takes, row.state === "succeeded" ? 1 : 0, `a ${row.state} job has ${row.takes} takes`);
    const story = await sql<{ kind: string; data: { from?: JobState; to: JobState } }[]>`
      select kind, data from job_events where job_id = ${row.id} and data ? 'to' order by id`;
    let state: JobState | undefined;
    for (const { kind, data } of story) {
      assert.equal(data.from, state, "the story has a gap");
      if (kind in TRANSITIONS) assert.equal(next(state!, kind as Happening), data.to);
      else assert.equal(kind, "queued", "only a transition of the table changes a state");
      state = data.to;
    }
    assert.equal(state, row.state, "the story ends elsewhere than the job");
  }
  const [wrong] = await sql<{ kept: number; lost: number; waits: number }[]>`
    with held as (
      select r.job_id, count(*) filter (where s.id is null) as open from credit_entries r
      left join credit_entries s on s.reservation = r.id and s.kind = 'returned'
      where r.kind = 'reserved' and r.project_id = ${projectId} group by r.job_id
    )
    select count(*) filter (where j.finished_at is not null and held.open > 0)::int as kept,
      count(*) filter (where j.finished_at is null and held.open <> 1)::int as lost,
      (select count(*)::int from jobs b join job_dependencies d on d.job_id = b.id join jobs n on n.id = d.needs
        where b.project_id = ${projectId} and b.state = 'blocked' and n.state in ('failed', 'cancelled')) as waits
    from held join jobs j on j.id = held.job_id`;
  assert.deepEqual({ ...wrong }, { kept: 0, lost: 0, waits: 0 });
  const leases = grants.map(leaseOf);
  assert.equal(new Set(leases).size, leases.length, "a lease was granted twice");
}

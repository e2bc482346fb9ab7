import assert from "node:assert/strict";
import { ProblemError } from "../../shared/http/problem.ts";
import { addTaker, deliver, leaseOf, openJobStudio, queue, runOut } from "./testing.ts";

const lost = (error: unknown) => error instanceof ProblemError && error.code === "lease_lost";

Deno.test("the sweeper", async (t) => {
  await using studio = await openJobStudio();
  const { jobs, db } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio);
  const start = async () => {
    await queue(studio, project);
    return (await jobs.take(tower))!;
  };
  const state = async (id: string) => (await jobs.find(project.tenant_id, id)).state;

  await t.step("leaves what lives alone", async () => {
    const job = await start();
    assert.equal(await jobs.sweep(), 0);
    assert.equal(await state(job.id), "leased");
    await deliver(studio, job);
  });

  await t.step("queues a job whose agent fell silent, until its attempts are used up", async () => {
    let job = await start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal(job.attempt, attempt);
      await runOut(studio, job);
      assert.equal(await jobs.sweep(), 1);
      if (attempt < 3) job = (await jobs.take(tower))!;
    }
    const end = await jobs.find(project.tenant_id, job.id);
    assert.deepEqual([end.state, end.error!.class], ["failed", "transient"]);
    assert.match(
      (await jobs.story(job.id)).at(-1)!.sentence,
      /Tower was not heard from any more.*attempt 3 of 3/,
    );
    assert.equal((await db.sql`select 1 from notices where job_id = ${job.id}`).length, 1);
    assert.equal((await deliver(studio, job)).state, "succeeded", "even then a finished render counts");
  });

  await t.step("ends a cancelled job whose agent fell silent", async () => {
    const job = await start();
    await jobs.cancel(project, job.id, "Ada");
    await runOut(studio, job);
    await jobs.sweep();
    assert.equal(await state(job.id), "cancelled");
    await assert.rejects(deliver(studio, job), lost);
  });

  await t.step("gives up an attempt that lives but takes too long, and its grant with it", async () => {
    const job = await start();
    await db.sql`update jobs set started_at = now() - max_run_s * interval '1 second' where id = ${job.id}`;
    await jobs.sweep();
    const after = await jobs.find(project.tenant_id, job.id);
    assert.deepEqual([after.state, after.error!.class], ["queued", "timeout"]);
    const progress = { stage: "Sampling", progress: 0.1 };
    const beat = { boot_id: tower.boot_id, draining: false, leases: [{ lease: leaseOf(job), progress }] };
    assert.deepEqual((await jobs.heartbeat(tower.agent_id, beat))[0]!.verdict, "lost");
    await jobs.cancel(project, job.id, "test");
  });
});

Deno.test("jobs that need others", async (t) => {
  await using studio = await openJobStudio();
  const { jobs } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio);
  const state = async (id: string) => (await jobs.find(project.tenant_id, id)).state;

  await t.step("wait for all of them, and say for what", async () => {
    const needs = await queue(studio, project, { count: 2 });
    const [film] = await queue(studio, project, { needs: needs.map((job) => job.id), title: "The film" });
    assert.equal(film!.state, "blocked");
    const [view] = await jobs.view([film!]);
    assert.equal(
      view!.waiting!.sentence,
      `Waits for ${needs[0]!.title} and ${needs[1]!.title} to finish first.`,
    );
    await deliver(studio, (await jobs.take(tower))!);
    assert.equal(await state(film!.id), "blocked");
    await deliver(studio, (await jobs.take(tower))!);
    assert.equal(await state(film!.id), "queued");
    await deliver(studio, (await jobs.take(tower))!);
    assert.equal(await state(film!.id), "succeeded");
  });

  await t.step("are cancelled with what they need, all the way down", async () => {
    const [shot] = await queue(studio, project, { title: "SHOT-010" });
    const [cut] = await queue(studio, project, { needs: [shot!.id], title: "The cut" });
    const [film] = await queue(studio, project, { needs: [cut!.id], title: "The film" });
    const job = (await jobs.take(tower))!;
    await jobs.fail(tower.agent_id, leaseOf(job), { class: "invalid", message: "No" });
    assert.deepEqual([await state(cut!.id), await state(film!.id)], ["cancelled", "cancelled"]);
    assert.equal(
      (await jobs.story(cut!.id)).at(-1)!.sentence,
      'Cancelled: it needs "SHOT-010", which failed.',
    );

    assert.equal((await jobs.retry(project, cut!.id, "Ada")).state, "blocked");
    assert.equal((await jobs.retry(project, shot!.id, "Ada")).state, "queued");
    await deliver(studio, (await jobs.take(tower))!);
    assert.equal(await state(cut!.id), "queued");
  });

  await t.step("are cancelled with it also when its machine was started anew meanwhile", async () => {
    for (let left = await jobs.take(tower); left; left = await jobs.take(tower)) await deliver(studio, left);
    const [shot] = await queue(studio, project, { title: "SHOT-020" });
    const [film] = await queue(studio, project, { needs: [shot!.id], title: "The film" });
    const job = (await jobs.take(tower))!;
    await jobs.cancel(project, job.id, "Ada");
    await jobs.freeOtherBoots(tower.agent_id, crypto.randomUUID());
    assert.deepEqual([await state(shot!.id), await state(film!.id)], ["cancelled", "cancelled"]);
  });

  await t.step("cannot need what has failed or is not there", async () => {
    const [gone] = await queue(studio, project);
    await jobs.cancel(project, gone!.id, "Ada");
    await assert.rejects(
      queue(studio, project, { needs: [gone!.id] }),
      /which is cancelled; retry that first/,
    );
    await assert.rejects(queue(studio, project, { needs: [crypto.randomUUID()] }), /not in this project/);
  });
});

Deno.test("of several gateways that sweep at the same moment each lost lease is given up once", async () => {
  await using studio = await openJobStudio();
  const project = await studio.makeProject();
  const taker = await addTaker(studio);
  const made = await queue(studio, project, { count: 5 });
  for (const _ of made) assert.ok(await studio.studio.jobs.take(taker));
  const { sql } = studio.studio.db;
  await sql`update jobs set lease_until = now() - interval '1 second'`;
  const swept = await Promise.all(Array.from({ length: 6 }, () => studio.studio.jobs.sweep()));
  assert.equal(swept.reduce((sum, each) => sum + each, 0), made.length);
  const [row] = await sql<{ queued: number; told: number }[]>`
    select (select count(*)::int from jobs where state = 'queued') as queued,
      (select count(*)::int from job_events where kind = 'lose') as told`;
  assert.deepEqual({ ...row }, { queued: made.length, told: made.length });
});

Deno.test("the sweeper works by itself once agents had the time of a lease to be heard from", async () => {
  await using studio = await openJobStudio({ LEASE_SECONDS: "1", HEARTBEAT_SECONDS: "0.4" });
  const { jobs, db } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio);
  const [job] = await queue(studio, project);
  await db.sql`update jobs set max_attempts = 1 where id = ${job!.id}`;
  await jobs.take(tower);
  const deadline = performance.now() + 20_000;
  while ((await jobs.find(project.tenant_id, job!.id)).state !== "failed") {
    assert.ok(performance.now() < deadline, "it was never swept");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

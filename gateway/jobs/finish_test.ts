import assert from "node:assert/strict";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ErrorClass } from "../../shared/jobs/job.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { JobRow } from "./mod.ts";
import { addTaker, deliver, forgetRoster, leaseOf, openJobStudio, queue, runOut } from "./testing.ts";

const lost = (error: unknown) => error instanceof ProblemError && error.code === "lease_lost";
const working = { stage: "Sampling", progress: 0.5 };

Deno.test("how a job ends", async (t) => {
  await using studio = await openJobStudio();
  const { jobs, takes, db } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio);
  const other = await addTaker(studio, { agent_name: "Other" });
  const start = async (options = {}): Promise<JobRow> => {
    await queue(studio, project, options);
    return (await jobs.take(tower))!;
  };
  const now = (job: JobRow) => jobs.find(project.tenant_id, job.id);
  const beat = (job: JobRow, boot = tower.boot_id) =>
    jobs.heartbeat(tower.agent_id, {
      boot_id: boot,
      draining: false,
      leases: [{ lease: leaseOf(job), progress: working }],
    });
  const fail = (job: JobRow, of: ErrorClass) =>
    jobs.fail(job.lease_agent!, leaseOf(job), { class: of, message: "It did not work" });
  const wake = async (job: JobRow) => {
    await db.sql`update jobs set run_after = now() where id = ${job.id} and resting`;
    await jobs.sweep();
  };
  const takesOf = async (job: JobRow) => await db.sql`select id from takes where job_id = ${job.id}`;

  await t.step("a finished render becomes one take, and reporting it twice changes nothing", async () => {
    const job = await start();
    const done = await deliver(studio, job);
    assert.equal(done.state, "succeeded");
    assert.ok(done.finished_at);
    assert.equal((await deliver(studio, job)).state, "succeeded");
    assert.equal((await takesOf(job)).length, 1);
    const [view] = await jobs.view([done]);
    assert.equal(view!.take_id, (await takesOf(job))[0]!.id);
    assert.equal((await takes.find(project.id, view!.take_id!)).job_id, job.id);
    assert.equal((await jobs.story(job.id)).filter((line) => line.kind === "succeed").length, 1);
  });

  await t.step("a report without its object is refused, and the job goes on", async () => {
    const job = await start();
    await assert.rejects(
      jobs.complete(tower.agent_id, leaseOf(job), {
        file: { oid: "0".repeat(64), size: 3, extension: "png" },
        media: { format: "png", width: 8, height: 8, frames: 1, audio: false },
        made_with: {},
        seconds: 1,
      }),
      /not in the project's store; upload and verify it/,
    );
    assert.equal((await now(job)).state, "leased");
    await deliver(studio, job);
  });

  await t.step("a lease that ran out but was given to nobody since is still good", async () => {
    const job = await start();
    await runOut(studio, job);
    assert.equal((await deliver(studio, job)).state, "succeeded");

    const swept = await start();
    await runOut(studio, swept);
    await jobs.sweep();
    assert.equal((await now(swept)).state, "queued");
    const late = await deliver(studio, swept);
    assert.equal(late.state, "succeeded");
    assert.match((await jobs.story(late.id)).at(-1)!.sentence, /after its lease had run out/);
  });

  await t.step("whoever lost the lease to another is refused everything", async () => {
    const job = await start();
    await runOut(studio, job);
    await jobs.sweep();
    const again = (await jobs.take(other))!;
    assert.equal(again.id, job.id);
    assert.deepEqual((await beat(job)).map((each) => each.verdict), ["lost"]);
    await assert.rejects(deliver(studio, job), lost);
    await assert.rejects(fail(job, "transient"), lost);
    await assert.rejects(jobs.release(tower.agent_id, leaseOf(job), "test"), lost);
    await assert.rejects(jobs.preview(tower.agent_id, leaseOf(job), new Uint8Array([0xff, 0xd8])), lost);
    assert.equal((await deliver(studio, again)).state, "succeeded");
    assert.equal((await takesOf(job)).length, 1);
  });

  await t.step("a grant belongs to its agent", async () => {
    const job = await start();
    await assert.rejects(deliver(studio, { ...job, lease_agent: other.agent_id }), lost);
    await assert.rejects(deliver(studio, { ...job, lease_token: job.lease_token + 1 }), lost);
    await assert.rejects(jobs.fail(tower.agent_id, `${uuidv7()}.1`, { class: "oom", message: "x" }), lost);
    await deliver(studio, job);
  });

  await t.step(
    "a heartbeat extends, shows progress, and takes up a lease that ran out meanwhile",
    async () => {
      const job = await start();
      await db.sql`update jobs set lease_until = now() + interval '1 second' where id = ${job.id}`;
      assert.deepEqual((await beat(job)).map((each) => each.verdict), ["ok"]);
      assert.ok((await now(job)).lease_until!.getTime() > Date.now() + 60_000);
      const [view] = await jobs.view([await now(job)]);
      assert.deepEqual(view!.progress, working);
      await runOut(studio, job);
      await jobs.sweep();
      assert.deepEqual((await beat(job)).map((each) => each.verdict), ["ok"]);
      const revived = await now(job);
      assert.deepEqual([revived.state, revived.attempt], ["leased", 1]);
      assert.deepEqual((await beat(job, uuidv7())).map((each) => each.verdict), ["lost"]);
      await deliver(studio, job);
    },
  );

  await t.step("a new process frees what the old one held, without using up an attempt", async () => {
    const job = await start();
    const boot = uuidv7();
    await jobs.freeOtherBoots(tower.agent_id, boot);
    const freed = await now(job);
    assert.deepEqual([freed.state, freed.attempt], ["queued", 0]);
    const again = (await jobs.take({ ...tower, boot_id: boot }))!;
    assert.equal(again.id, job.id);
    await jobs.freeOtherBoots(tower.agent_id, boot);
    assert.equal((await now(job)).state, "leased");
    await deliver(studio, again);
  });

  await t.step("what the old process had finished, the new one may still report", async () => {
    const job = await start();
    await jobs.freeOtherBoots(tower.agent_id, uuidv7());
    const done = await deliver(studio, job);
    assert.deepEqual([done.state, done.attempt], ["succeeded", 1]);
  });

  await t.step("a drained job is queued again at once and keeps its attempts", async () => {
    const job = await start();
    const back = await jobs.release(tower.agent_id, leaseOf(job), "the machine is being reclaimed");
    assert.deepEqual([back.state, back.attempt, back.resting], ["queued", 0, false]);
    await assert.rejects(deliver(studio, job), lost);
    await jobs.cancel(project, job.id, "test");
  });

  await t.step("invalid fails at once, with a notice", async () => {
    const job = await start();
    assert.equal((await fail(job, "invalid")).state, "failed");
    const [said] = await db.sql`select level, sentence from notices where job_id = ${job.id}`;
    assert.equal(said!.level, "broken");
    assert.match(said!.sentence, /It did not work/);
    await assert.rejects(fail(job, "invalid"), lost);
  });

  await t.step(
    "a transient fault rests, prefers another agent, and fails after its last attempt",
    async () => {
      const job = await start();
      const first = await fail(job, "transient");
      assert.deepEqual([first.state, first.resting, first.avoid], ["queued", true, [tower.agent_id]]);
      const [waiting] = await jobs.view([first]);
      assert.equal(waiting!.waiting!.reason, "backoff");
      assert.equal(await jobs.take(other), null, "it rests");
      await wake(job);
      assert.equal(await jobs.take(tower), null, "another agent comes first");
      const second = (await jobs.take(other))!;
      assert.equal(second.attempt, 2);
      await fail(second, "timeout");
      await wake(job);
      const third = (await jobs.take(tower))!;
      assert.equal(third.id, job.id);
      const end = await fail(third, "transient");
      assert.deepEqual([end.state, end.error!.class], ["failed", "transient"]);
      assert.match((await jobs.story(job.id)).at(-1)!.sentence, /attempt 3 of 3/);
    },
  );

  await t.step("the third fault of a host with a runner suspends the pair, and nobody else", async () => {
    const suspect = await addTaker(studio, { agent_name: "Suspect" });
    for (let i = 0; i < 3; i++) {
      await queue(studio, project);
      const job = (await jobs.take(suspect))!;
      await fail(job, "agent");
      await jobs.cancel(project, job.id, "test");
    }
    await forgetRoster(studio.studio);
    const row = await studio.studio.agents.find(project.tenant_id, suspect.agent_id);
    assert.deepEqual(row.suspended.map((each) => each.runner), ["flux-image"]);
    await db.sql`update agents set removed_at = now() where id = ${suspect.agent_id}`;
    await forgetRoster(studio.studio);
  });

  await t.step("out of memory: once more, then a tier lower, smaller, and said aloud", async () => {
    const job = await start({ tier: "standard" });
    const first = await fail(job, "oom");
    assert.deepEqual([first.state, first.resting, first.tier, first.attempt], [
      "queued",
      false,
      "standard",
      0,
    ]);
    const fallen = await fail((await jobs.take(tower))!, "oom");
    assert.deepEqual(
      [fallen.state, fallen.tier, fallen.tier_requested, fallen.capability, fallen.vram_mb],
      ["queued", "low", "standard", "flux-image@low", 10240],
    );
    assert.equal(fallen.fallback, "Standard asked, made at Low: Tower ran out of memory twice at Standard.");
    assert.ok(fallen.spec.kind === "generate" && fallen.spec.tier === "low");
    const { width, height } = fallen.spec.params;
    assert.deepEqual([width, height], [768, 768]);
    const [said] = await db.sql`select level, sentence from notices where job_id = ${job.id}`;
    assert.match(said!.sentence, /it is made at Low instead/);

    await fail((await jobs.take(tower))!, "oom");
    const end = await fail((await jobs.take(tower))!, "oom");
    assert.equal(end.state, "failed");
    assert.match((await jobs.story(job.id)).at(-1)!.sentence, /no lower tier that could make it/);
  });

  await t.step("a project that would rather wait does not fall", async () => {
    await db.sql`update projects set fallback = 'wait' where id = ${project.id}`;
    const job = await start({ tier: "standard" });
    await fail(job, "oom");
    const end = await fail((await jobs.take(tower))!, "oom");
    assert.deepEqual([end.state, end.tier], ["failed", "standard"]);
    await db.sql`update projects set fallback = 'lower' where id = ${project.id}`;
  });

  await t.step("a cancel ends a waiting job at once and tells a running one's agent", async () => {
    const [waiting] = await queue(studio, project);
    assert.equal((await jobs.cancel(project, waiting!.id, "Ada")).state, "cancelled");
    assert.equal(await jobs.take(tower), null);

    const job = await start();
    const waits = (bootId: string, waitS = 20) =>
      jobs.stops(tower.agent_id, { bootId, waitS, gone: AbortSignal.timeout(30_000) });
    assert.deepEqual(await waits(tower.boot_id, 0), []);
    const word = waits(tower.boot_id);
    const asked = await jobs.cancel(project, job.id, "Ada");
    assert.deepEqual(await word, [leaseOf(job)], "whoever waits hears it at once");
    assert.deepEqual(await waits(tower.boot_id), [leaseOf(job)], "and whoever asks later");
    assert.deepEqual(await waits(uuidv7(), 0), [], "another process of the agent has nothing to stop");
    assert.ok(asked.state === "leased" && asked.cancel_requested_at);
    assert.deepEqual((await beat(job)).map((each) => each.verdict), ["cancel"]);
    assert.equal((await fail(job, "transient")).state, "cancelled");
    assert.equal((await jobs.cancel(project, job.id, "Ada")).state, "cancelled");
  });

  await t.step("what was finished before the cancel reached it is kept", async () => {
    const job = await start();
    await jobs.cancel(project, job.id, "Ada");
    assert.equal((await deliver(studio, job)).state, "succeeded");
    assert.equal((await takesOf(job)).length, 1);
  });

  await t.step("a cancelled job can be asked for again, under its number", async () => {
    const [job] = await queue(studio, project);
    await jobs.cancel(project, job!.id, "Ada");
    const again = await jobs.retry(project, job!.id, "Ada");
    assert.deepEqual([again.state, again.attempt, again.take], ["queued", 0, job!.take]);
    await assert.rejects(jobs.retry(project, job!.id, "Ada"), /only a failed or cancelled job/);
    await deliver(studio, (await jobs.take(tower))!);
  });

  await t.step("every change of state of every job so far is in the story", async () => {
    const rows = await db.sql<{ job_id: string; data: { from: string | null; to: string } }[]>`
      select job_id, data from job_events where data ? 'to' order by job_id, id`;
    const last = new Map<string, string>();
    for (const { job_id, data } of rows) {
      assert.equal(data.from ?? undefined, last.get(job_id), `a change is missing in the story of ${job_id}`);
      last.set(job_id, data.to);
    }
    for (const { id, state } of await db.sql`select id, state from jobs`) assert.equal(last.get(id), state);
  });
});

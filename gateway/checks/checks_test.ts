import assert from "node:assert/strict";
import { creditsOf } from "../credits/testing.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { JobRow } from "../jobs/mod.ts";
import { deliver, leaseOf, openJobStudio, queue } from "../jobs/testing.ts";
import { checkJob, checks, community, openFilm, opine, own, say, setShare, takeBy } from "./testing.ts";

Deno.test("spot checks of the community's machines", async (t) => {
  await using test = await openJobStudio();
  const { db, jobs } = test.studio;
  const project = await openFilm(test);
  const attic = await community(test, test.artist, "Attic");
  const mill = await community(test, test.owner, "Mill");
  const tower = await own(test, "Tower");
  /** What the machine works on while its other work is found wrong. */
  let held: JobRow | null = null;
  const takes = async () => (await (await test.request(`/api/projects/${project.id}/takes`)).json()).items;
  const standing = async (id: string) => (await (await test.request(`/api/agents/${id}`)).json()).reputation;

  await t.step("only the community's are checked, and as often as is set", async () => {
    await takeBy(test, project, tower);
    await setShare(test, 0);
    await takeBy(test, project, attic);
    await setShare(test, 1, 0);
    await takeBy(test, project, attic);
    assert.deepEqual(await checks(test), []);
    await setShare(test, 1);
  });

  await t.step("what makes it again has the job as it was, and no film sees it", async () => {
    const before = (await (await test.request(`/api/projects/${project.id}/jobs`)).json()).items.length;
    const made = await takeBy(test, project, attic);
    const again = await checkJob(test, tower, "generate");
    assert.deepEqual(again.spec, made.spec, "the same spec, seed, shot and take name");
    const [view, usual] = await Promise.all(
      [again, made].map((job) => jobs.leaseView(job, "http://studio.test")),
    );
    assert.deepEqual(Object.keys(view!), Object.keys(usual!), "a lease like any other");
    assert.equal((await test.request(`/api/jobs/${again.id}`)).status, 404);
    const steered = { job_id: again.id, only: [attic.agent_id] };
    const steering = await test.request(`/api/projects/${project.id}/placement`, {
      method: "PUT",
      json: steered,
    });
    assert.equal(steering.status, 404, "nor chooses where it runs");
    assert.equal(
      (await (await test.request(`/api/projects/${project.id}/jobs`)).json()).items.length,
      before + 1,
    );
    const placement = await (await test.request(`/api/projects/${project.id}/placement`)).json();
    assert.deepEqual(placement.rules, []);
    const { served } =
      (await db.sql<{ served: number }[]>`select served from projects where id = ${project.id}`)[0]!;
    await jobs.release(tower.agent_id, leaseOf(again), "draining");
    await checkJob(test, tower, "generate");
    const after =
      (await db.sql<{ served: number }[]>`select served from projects where id = ${project.id}`)[0]!;
    assert.ok(after.served <= served, "no turn of the film is used up");
    await db.sql`update jobs set lease_until = now() - interval '1 second' where id = ${again.id}`;
    await jobs.sweep();
  });

  await t.step(
    "alike: the maker has an agreement, and the machine that made it again earns",
    async () => {
      await db.sql`update jobs set avoid = '{}' where check_id is not null`;
      await opine(test, tower);
      await say(test, tower, { "1 2": true });
      const [check] = await checks(test);
      assert.deepEqual([check!.state, check!.made_by, check!.second], ["agreed", "Attic", "Tower"]);
      assert.deepEqual(await standing(attic.agent_id), {
        score: 37,
        agreed: 1,
        disagreed: 0,
        probation: true,
        sentence: "1 spot check: 1 agreed. On probation: 4 more agreements to go.",
      });
      const { total } = await (await test.request("/api/usage")).json();
      assert.equal(total.attempts, (await takes()).length, "the film is charged for its own takes alone");
    },
  );

  await t.step("a report without figures is refused, and asked for again", async () => {
    await takeBy(test, project, attic);
    await opine(test, tower);
    const job = await checkJob(test, tower, "compare");
    const file = await test.studio.lfs.store(project, new TextEncoder().encode("\x89PNG\r\n\x1a\n"));
    const body = { file: { ...file, extension: "png" }, made_with: {}, seconds: 1 };
    const media = { format: "png", width: 2, height: 2, frames: 1, audio: false };
    await assert.rejects(jobs.complete(tower.agent_id, leaseOf(job), { ...body, media }), /send its figures/);
    const still = { media: { "1": media, "2": media }, contrast: {} };
    for (const pairs of [[], [{ a: "1", b: "3", psnr: [9], hash: [9] }]]) {
      const told = { ...body, media, made_with: { comparison: { ...still, pairs } } };
      await assert.rejects(jobs.complete(tower.agent_id, leaseOf(job), told), /does not say how 1 and 2/);
    }
    await jobs.release(tower.agent_id, leaseOf(job), "draining");
    await say(test, tower, { "1 2": true });
  });

  await t.step(
    "whoever differs from two others is found; what it made since it was last right is marked",
    async () => {
      await setShare(test, 0);
      await takeBy(test, project, attic);
      await setShare(test, 1);
      const earned = (await creditsOf(test, "artist")).balance;
      await takeBy(test, project, attic);
      await opine(test, tower);
      await say(test, tower, { "1 2": false });
      assert.equal((await checks(test))[0]!.state, "third");
      assert.equal((await standing(attic.agent_id)).disagreed, 0, "one other alone blames nobody");
      await opine(test, mill);
      await queue(test, project, {});
      held = (await jobs.take(attic))!;
      await say(test, tower, { "1 2": false, "1 3": false, "2 3": true });
      const [check] = await checks(test);
      assert.deepEqual([check!.state, check!.blamed, check!.third], ["blamed", "Attic", "Mill"]);
      const marked = (await takes()).map((take: { unverified?: object }) => Boolean(take.unverified));
      assert.deepEqual(marked, [true, true, ...Array(marked.length - 2).fill(false)]);
      const { score, agreed, disagreed, probation } = await standing(attic.agent_id);
      assert.deepEqual([agreed, disagreed, probation], [2, 1, true]);
      assert.ok(score < 50);
      assert.deepEqual([(await standing(mill.agent_id)).agreed, (await standing(mill.agent_id)).disagreed], [
        0,
        0,
      ]);
      assert.ok((await creditsOf(test, "artist")).balance <= earned, "it earned nothing by it");
      const audit = await (await test.request("/api/audit?what=machine_blamed")).json();
      assert.match(
        audit.items[0].sentence,
        /A spot check found that Attic made STILL_v01_take\d+ of "Salt" wrong\./,
      );
      const [notice] = await db.sql<{ sentence: string }[]>`
      select sentence from notices where project_id = ${project.id} order by id desc limit 1`;
      assert.match(notice!.sentence, /^2 takes are unverified: Attic made them/);
      assert.equal((await test.request(check!.picture_url!)).status, 302);
    },
  );

  await t.step("it gets no more work until whoever looks after the machines lets it", async () => {
    const at = `/api/agents/${attic.agent_id}`;
    const view = await (await test.request(at)).json();
    assert.deepEqual([view.state, view.quarantine.by_check], ["quarantined", true]);
    assert.match(
      view.quarantine.reason,
      /^A spot check found that it made STILL_v01_take\d+ of "Salt" wrong: two other machines agree on another\.$/,
    );
    const [told] = await db.sql<{ sentence: string; level: string }[]>`
      select sentence, level from notices where agent_id = ${attic.agent_id} order by id desc limit 1`;
    assert.equal(told!.level, "broken");
    assert.match(
      told!.sentence,
      /in quarantine .* look at the check under Operations, then end its quarantine under Fleet/,
    );
    const audit = await (await test.request("/api/audit?what=machine_blamed")).json();
    assert.match(audit.items[0].sentence, /wrong\. It is in quarantine\.$/);

    // What it had in hand is another's now, and nothing that it delivers of it counts.
    const story = await jobs.story(held!.id);
    assert.match(story.at(-1)!.sentence, /^A spot check found other work of it wrong; it is queued again/);
    await assert.rejects(deliver(test, held!), /lease/);
    assert.equal((await jobs.take(tower))!.id, held!.id);
    await jobs.release(tower.agent_id, leaseOf(await jobs.find(project.tenant_id, held!.id)), "draining");
    await jobs.cancel(project, held!.id, "Test owner");

    const asks = () =>
      test.studio.agents.taker(attic.agent_id, { boot_id: attic.boot_id, slot: "gpu0", loaded: [] });
    const { pause, quarantined } = await asks();
    assert.equal(pause, true);
    assert.match(quarantined!, /^This machine is in quarantine\. .* can end that on the Fleet page\.$/);

    // A new start and a self test that passes prove nothing of its work.
    attic.boot_id = uuidv7();
    const session = await test.studio.agents.openSession(attic.agent_id, {
      boot_id: attic.boot_id,
      facts: (await test.studio.agents.find(project.tenant_id, attic.agent_id)).facts,
      self_test: { passed: true, checks: [] },
    });
    assert.equal(session.quarantine!.test, false);
    assert.equal((await asks()).pause, true);

    assert.equal(
      (await test.request(`${at}/quarantine`, { method: "DELETE" }, "artist")).status,
      403,
      "not its lender",
    );
    assert.equal((await test.request(`${at}/quarantine`, { method: "DELETE" })).status, 200);
    assert.equal((await asks()).pause, false);
    const [lifted] = (await (await test.request("/api/audit?what=agent_let_out&limit=1")).json()).items;
    assert.match(lifted.sentence, /ended the quarantine of the machine Attic\.$/);
    assert.equal((await standing(attic.agent_id)).probation, true);
  });

  await t.step("a take is kept by whoever looked at it, or made again on another machine", async () => {
    const [first, second] = await takes();
    const at = `/api/projects/${project.id}/takes`;
    assert.equal(
      (await test.request(`${at}/${first.id}/unverified`, { method: "DELETE" }, "viewer")).status,
      403,
    );
    const kept = await (await test.request(`${at}/${first.id}/unverified`, { method: "DELETE" })).json();
    assert.equal(kept.unverified, undefined);
    const asked = await test.request(`${at}/${second.id}/again`, { method: "POST" });
    assert.equal(asked.status, 202);
    assert.equal(await jobs.take(attic), null, "not where it was made before");
    const job = (await jobs.take(tower))!;
    const [before] = await db.sql<{ spec: { params: unknown } }[]>`
      select spec from jobs where id = ${second.job_id}`;
    assert.equal(job.check_id, null);
    assert.deepEqual(job.spec.kind === "generate" && job.spec.params, before!.spec.params);
    await jobs.release(tower.agent_id, leaseOf(job), "draining");
    await jobs.cancel(project, job.id, "Test owner");
  });

  await t.step("a checker that differs from maker and third is the one who is wrong", async () => {
    await takeBy(test, project, mill);
    await opine(test, tower);
    await say(test, tower, { "1 2": false });
    const attics = await opine(test, attic);
    assert.equal(attics.state, "succeeded");
    await say(test, tower, { "1 2": false, "1 3": true, "2 3": false });
    const [check] = await checks(test);
    assert.deepEqual([check!.state, check!.blamed], ["cleared", "Tower"]);
    assert.equal((await standing(mill.agent_id)).agreed, 1);
    const [told] = await db.sql<{ sentence: string }[]>`
      select sentence from notices where agent_id = ${tower.agent_id} order by id desc limit 1`;
    assert.match(told!.sentence, /a machine that you trust/);
  });

  await t.step("three that all differ blame nobody, and people are told", async () => {
    await takeBy(test, project, mill);
    await opine(test, tower);
    await say(test, tower, { "1 2": false });
    await opine(test, attic);
    await say(test, tower, { "1 2": false, "1 3": false, "2 3": false });
    const [check] = await checks(test);
    assert.deepEqual([check!.state, check!.blamed], ["undecided", null]);
    const [told] = await db.sql<{ sentence: string }[]>`
      select sentence from notices where agent_id = ${mill.agent_id} order by id desc limit 1`;
    assert.match(told!.sentence, /stays undecided/);
  });

  await t.step("what nobody takes for a day is given up, and blames nobody", async () => {
    await takeBy(test, project, mill);
    await test.studio.checks.advanceAll();
    await db.sql`update checks set began_at = now() - interval '25 hours' where ended_at is null`;
    await test.studio.checks.advanceAll();
    assert.equal((await checks(test))[0]!.state, "abandoned");
    assert.equal(await jobs.take(tower), null, "its job is gone");
  });

  await t.step("one that cannot go on holds up no other", async () => {
    await takeBy(test, project, mill);
    const last = (await checks(test))[0]!.id;
    // A file of eight petabytes, which no job can be asked to hold: it fails each time. It is the first that is looked at.
    const broken = "00000000-0000-7000-8000-000000000001";
    await db.sql`
      insert into checks (id, tenant_id, project_id, take_id, agent_id, state, began_at)
      select ${broken}, c.tenant_id, c.project_id, t.id, c.agent_id, 'second', now() - interval '1 hour'
      from checks c, takes t where c.id = ${last} and not exists (select from checks known where known.take_id = t.id)
      limit 1`;
    await db.sql`
      insert into check_opinions (check_id, tenant_id, nth, agent_id, oid, size, extension, media)
      select id, tenant_id, nth, agent_id, '', ${2 ** 53}, 'png', '{}' from checks, generate_series(1, 2) nth
      where id = ${broken}`;
    const [{ job_id } = {}] = await db.sql<
      { job_id?: string }[]
    >`select job_id from checks where id = ${last}`;
    await jobs.cancel(project, job_id!, "Nobody");
    await test.studio.checks.advanceAll();
    const state = async (id: string) =>
      (await db.sql<{ state: string }[]>`select state from checks where id = ${id}`)[0]!.state;
    assert.deepEqual([await state(last), await state(broken)], ["abandoned", "second"]);
    assert.ok(
      test.lines.some((line) => line.includes("A spot check could not go on") && line.includes(broken)),
    );
  });

  await t.step("the owners of machines see what is said of theirs", async () => {
    const { machines } = await (await test.request("/api/checks/mine", {}, "artist")).json();
    assert.deepEqual(machines.map(({ name }: { name: string }) => name), ["Attic"]);
    const other = await test.secondTenant();
    assert.deepEqual((await (await other.request("/api/checks")).json()).items, []);
  });
});

Deno.test("a film that asks for a reputation is not for those who lack it", async () => {
  await using test = await openJobStudio();
  const project = await openFilm(test);
  const attic = await community(test, test.artist, "Attic");
  const change = (min_reputation: number, as: "owner" | "artist" = "owner") =>
    test.request(`/api/projects/${project.id}`, { method: "PATCH", json: { min_reputation } }, as);
  assert.equal((await change(60, "artist")).status, 200, "stricter is anybody's who makes it");
  assert.equal((await change(10, "artist")).status, 403);
  await test.studio.agents.taker(attic.agent_id, { boot_id: attic.boot_id, slot: "gpu0", loaded: [] }).then(
    ({ taker }) => assert.deepEqual(taker.projects, { only: null, never: [project.id] }),
  );
  await test.studio.db.sql`update agents set reputation = 75 where id = ${attic.agent_id}`;
  const { taker } = await test.studio.agents.taker(attic.agent_id, {
    ...{ boot_id: attic.boot_id, slot: "gpu0", loaded: [] },
  });
  assert.equal(taker.projects, null);
});

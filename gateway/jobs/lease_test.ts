import assert from "node:assert/strict";
import { onPostgres } from "../testing/database.ts";
import type { JobRow, Taker } from "./mod.ts";
import { addTaker, leaseOf, openJobStudio, queue } from "./testing.ts";

Deno.test("leasing: the best job for a slot", async (t) => {
  await using studio = await openJobStudio();
  const { jobs } = studio.studio;
  const lighthouse = await studio.makeProject("Lighthouse");
  const harbour = await studio.makeProject("Harbour");
  const tower = await addTaker(studio);
  const laptop = await addTaker(studio, {
    agent_name: "Laptop",
    vram_mb: 12 * 1024,
    capabilities: ["flux-image@low"],
  });
  const empty = async () => {
    await studio.studio.db.sql`
      update jobs set state = 'cancelled', lease_until = null, resting = false, finished_at = now()
      where state in ('queued', 'leased', 'blocked')`;
  };

  await t.step("an empty queue gives nothing and says so", async () => {
    assert.equal(await jobs.take(tower), null);
    assert.equal((await jobs.idleReasons(tower)).sentence, "Nothing is queued.");
  });

  await t.step("a grant counts the attempt, names the slot and tells the story", async () => {
    const [made] = await queue(studio, lighthouse);
    const job = (await jobs.take(tower))!;
    assert.equal(job.id, made!.id);
    assert.deepEqual([job.state, job.attempt, job.lease_token, job.lease_slot], ["leased", 1, 1, "gpu0"]);
    assert.ok(job.lease_until!.getTime() > Date.now());
    const story = await jobs.story(job.id);
    assert.deepEqual(story.map((line) => line.sentence), [
      "Test owner asked for it.",
      "Tower has taken it (Test card).",
    ]);
    await empty();
  });

  await t.step("a large card takes what only it can do before a more urgent small job", async () => {
    const [small] = await queue(studio, lighthouse, { tier: "low", priority: 9 });
    const [large] = await queue(studio, lighthouse, { tier: "high", priority: 1 });
    assert.equal((await jobs.take(tower))!.id, large!.id);
    assert.equal((await jobs.take(tower))!.id, small!.id);
    await empty();
  });

  await t.step("a small card is never given what it cannot hold, whatever it claims", async () => {
    await queue(studio, lighthouse, { tier: "high" });
    assert.equal(await jobs.take(laptop), null);
    const liar = { ...laptop, slot: { ...laptop.slot, capabilities: ["flux-image@high"] } };
    assert.equal(await jobs.take(liar), null);
    assert.equal(await jobs.take({ ...tower, ram_mb: 1024 }), null);
    assert.equal(await jobs.take({ ...tower, disk_free_mb: 1024 }), null);
    assert.equal(await jobs.take({ ...tower, suspended: ["flux-image"] }), null);
    assert.equal(await jobs.take({ ...tower, pools: ["elsewhere"] }), null);
    assert.ok(await jobs.take(tower));
    await empty();
  });

  await t.step("within a tier the higher priority is first, then the older", async () => {
    const [first] = await queue(studio, lighthouse);
    const [second] = await queue(studio, lighthouse);
    const [urgent] = await queue(studio, lighthouse, { priority: 8 });
    const order = [await jobs.take(tower), await jobs.take(tower), await jobs.take(tower)];
    assert.deepEqual(order.map((job) => job!.id), [urgent!.id, first!.id, second!.id]);
    await empty();
  });

  await t.step("two projects take turns, however many jobs one of them has queued first", async () => {
    await queue(studio, lighthouse, { count: 6 });
    await queue(studio, harbour, { count: 3 });
    const order: string[] = [];
    for (let job = await jobs.take(tower); job; job = await jobs.take(tower)) {
      order.push(job.project_id === harbour.id ? "H" : "L");
    }
    const lastHarbour = order.lastIndexOf("H");
    assert.equal(order.length, 9);
    assert.ok(lastHarbour <= 6, `Harbour waited behind the whole backlog: ${order.join("")}`);
    await empty();
  });

  await t.step("a project that was idle has not saved up turns", async () => {
    const idle = await studio.makeProject("Idle");
    await queue(studio, lighthouse, { count: 10 });
    for (let i = 0; i < 10; i++) await jobs.take(tower);
    const [theirs] = await queue(studio, idle, { count: 4 });
    const [ours] = await queue(studio, lighthouse);
    const order: JobRow[] = [];
    for (let job = await jobs.take(tower); job; job = await jobs.take(tower)) order.push(job);
    const place = order.findIndex((job) => job.id === ours!.id);
    assert.equal(order[0]!.id, theirs!.id);
    assert.ok(place <= 1, `the busy project came at place ${place} of ${order.length}`);
    await empty();
  });

  await t.step("a job goes to any agent of one of its project's pools", async () => {
    const shared = await studio.studio.projects.update(harbour, { pools: ["cloud", "studio-b"] }, "test");
    const [job] = await queue(studio, shared);
    assert.equal(await jobs.take(tower), null);
    assert.equal((await jobs.take({ ...tower, pools: ["cloud", "default"] }))!.id, job!.id);
    await studio.studio.projects.update(harbour, { pools: ["default"] }, "test");
    await empty();
  });

  await t.step("the model that is loaded breaks a tie between tiers of equal size", async () => {
    const both = ["flux-image@standard", "flux-fill@standard"];
    const able = await addTaker(studio, { agent_name: "Able", capabilities: both });
    const fill = { ...able, loaded: ["flux-fill@standard"] };
    const [a] = await queue(studio, lighthouse);
    const [b] = await queue(studio, lighthouse, { runner: "flux-fill" });
    await studio.studio.db.sql`update jobs set fair_key = 1 where id in (${a!.id}, ${b!.id})`;
    assert.equal((await jobs.take(fill))!.id, b!.id);
    await studio.studio.agents.remove(able.tenant_id, able.agent_id);
    await empty();
  });

  await t.step(
    "a retry goes to another agent while one that can is online, and back when none is",
    async () => {
      const other = await addTaker(studio, { agent_name: "Other" });
      const [job] = await queue(studio, lighthouse);
      const { sql } = studio.studio.db;
      const fail = async (taker: Taker) => {
        const taken = (await jobs.take(taker))!;
        assert.equal(taken.id, job!.id);
        await jobs.fail(taker.agent_id, leaseOf(taken), { class: "transient", message: "It did not work" });
        await sql`update jobs set run_after = now() where id = ${job!.id}`;
        await jobs.sweep();
      };
      await fail(tower);
      assert.equal(await jobs.take(tower), null, "the other comes first");
      await sql`update jobs set run_after = now() - interval '3 minutes' where id = ${job!.id}`;
      const late = (await jobs.take(tower))!;
      assert.ok(late, "but it is not waited for for ever");
      await jobs.release(tower.agent_id, leaseOf(late), "test");
      await fail(other);
      assert.ok(await jobs.take(tower), "when everybody failed it, anybody may try again");
      await empty();
    },
  );

  await t.step("jobs of another studio are never seen", async () => {
    const elsewhere = await studio.secondTenant();
    const project = await elsewhere.makeProject("Theirs");
    await queue(studio, project);
    assert.equal(await jobs.take(tower), null);
    await empty();
  });
});

const COUNT = onPostgres ? 2000 : 400;

Deno.test(`16 pollers take ${COUNT} jobs, each exactly once`, async () => {
  await using studio = await openJobStudio();
  const project = await studio.makeProject();
  const [one] = await queue(studio, project);
  const { sql } = studio.studio.db;
  await sql`
    insert into jobs (id, tenant_id, project_id, pool, kind, title, runner, tier, tier_requested, capability, vram_mb, fit,
      priority, fair_key, state, spec)
    select gen_random_uuid(), tenant_id, project_id, pool, kind, title, runner, t.tier, t.tier, 'flux-image@' || t.tier,
      t.vram, t.vram / 1024, (n % 10)::smallint, n, 'queued', spec
    from jobs, generate_series(2, ${COUNT}) n,
      lateral (select * from (values ('low', 10240), ('standard', 15360), ('high', 22528)) v (tier, vram)
        offset (n % 3) limit 1) t
    where id = ${one!.id}`;
  const takers = [];
  const first = await addTaker(studio);
  for (let i = 0; i < 16; i++) takers.push({ ...first, slot: { ...first.slot, slot: `gpu${i}` } });
  const taken = await Promise.all(takers.map(async (taker) => {
    const ids: string[] = [];
    for (;;) {
      const job = await studio.studio.jobs.poll(taker, 0.2, new AbortController().signal);
      if (!job) return ids;
      ids.push(leaseOf(job));
    }
  }));
  const all = taken.flat();
  assert.equal(all.length, COUNT);
  assert.equal(new Set(all.map((lease) => lease.split(".")[0])).size, COUNT);
  assert.ok(all.every((lease) => lease.endsWith(".1")));
});

Deno.test("a poll that waits", async (t) => {
  await using studio = await openJobStudio();
  const { jobs } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio);

  await t.step("ends with the job that comes while it waits", async () => {
    const waiting = jobs.poll(tower, 25, new AbortController().signal);
    const [job] = await queue(studio, project);
    assert.equal((await waiting)!.id, job!.id);
    await studio.studio.jobs.cancel(project, job!.id, "test");
  });

  await t.step("is not disturbed by a job that it cannot do, which wakes the one that can", async () => {
    const small = {
      ...tower,
      slot: { ...tower.slot, slot: "gpu1", vram_mb: 0, capabilities: ["flux-image@low"] },
    };
    const hangUp = new AbortController();
    const idle = jobs.poll(small, 25, hangUp.signal);
    const busy = jobs.poll(tower, 25, new AbortController().signal);
    const [job] = await queue(studio, project, { tier: "high" });
    assert.equal((await busy)!.id, job!.id);
    hangUp.abort();
    assert.equal(await idle, null);
  });

  await t.step("comes back empty after its time", async () => {
    assert.equal(await jobs.poll(tower, 0.05, new AbortController().signal), null);
  });

  await t.step("one job wakes one of many, and no job is left", async () => {
    const hangUp = new AbortController();
    const many = Array.from(
      { length: 8 },
      (_, i) => jobs.poll({ ...tower, slot: { ...tower.slot, slot: `gpu${i}` } }, 25, hangUp.signal),
    );
    const made = await queue(studio, project, { count: 3 });
    const three = new Set<string>();
    const gone = Promise.all(many.map(async (poll) => {
      const job = await poll;
      if (job) three.add(job.id);
      if (three.size === made.length) hangUp.abort();
    }));
    await gone;
    assert.deepEqual([...three].sort(), made.map((job) => job.id).sort());
  });

  await t.step("hands a job back when its agent has hung up, and it costs no attempt", async () => {
    const [job] = await queue(studio, project);
    const hangUp = new AbortController();
    const poll = jobs.poll(tower, 25, hangUp.signal);
    hangUp.abort();
    assert.equal(await poll, null);
    const now = await jobs.find(project.tenant_id, job!.id);
    assert.deepEqual([now.state, now.attempt], ["queued", 0]);
  });
});

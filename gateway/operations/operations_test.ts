import assert from "node:assert/strict";
import type { Operations } from "../../shared/api/operations.ts";
import { addTaker, forgetRoster, leaseOf, openJobStudio, queue } from "../jobs/testing.ts";
import type { As, TestStudio } from "../testing/studio.ts";
import { createOperations } from "./mod.ts";
import { createKept } from "./kept.ts";

const gib = 1024;

/** As they are now: what the room keeps for a moment is not waited for. */
async function fresh(test: TestStudio): Promise<Operations> {
  using room = createOperations(test.studio);
  return await room.look({ id: test.owner.tenant_id, slug: test.owner.tenant_slug });
}

Deno.test("whoever looks after a studio sees how it does", async (t) => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const ask = async (as: As = "owner") => await test.request("/api/operations", {}, as);
  const project = await test.makeProject("Salt");

  await t.step("which is nothing before anything was made", async () => {
    const answer = await ask();
    assert.equal(answer.status, 200);
    const now: Operations = await answer.json();
    assert.deepEqual(now.queue.reasons, []);
    assert.deepEqual(now.queue.tiers.map(({ tier }) => tier), ["low", "standard", "high", null]);
    assert.deepEqual(now.agents, { total: 0, online: 0, groups: [] });
    assert.deepEqual(now.failures, { count: 0, partial: false, groups: [] });
    assert.equal(now.storage.objects.count, 0);
    assert.equal(now.storage.repositories.count, 1);
    assert.ok(now.storage.repositories.bytes > 0);
    assert.equal((await ask("artist")).status, 403);
  });

  await t.step("jobs wait, and it says in words for what", async () => {
    await queue(test, project, { count: 3, tier: "high" });
    const [first] = await queue(test, project, { count: 1 });
    await queue(test, project, { count: 2, needs: [first!.id] });
    assert.deepEqual((await fresh(test)).queue.reasons.map(({ sentence }) => sentence), [
      "4 jobs wait: no agent is online that may have them.",
      "2 jobs wait: other jobs must finish first.",
    ]);
    const small = await addTaker(test, {
      agent_name: "Small",
      vram_mb: 16 * gib,
      capabilities: ["flux-image@standard"],
    });
    const { queue: now, agents } = await fresh(test);
    assert.deepEqual(now.reasons.map(({ count, reason }) => [reason, count]), [
      ["vram", 3],
      ["blocked", 2],
      ["next", 1],
    ]);
    assert.equal(now.reasons[0]!.sentence, "3 jobs wait: no card with 24 GB is online.");
    const high = now.tiers.find(({ tier }) => tier === "high")!;
    assert.deepEqual([high.waiting, high.blocked, high.running], [3, 0, 0]);
    assert.ok(high.oldest_s! >= 0);
    assert.equal(now.tiers.find(({ tier }) => tier === "low")!.oldest_s, null);
    assert.deepEqual(agents.groups, [{ group: "idle", count: 1, names: ["Small"] }]);

    const job = (await jobs.take(small))!;
    const busy = await fresh(test);
    assert.deepEqual(busy.agents.groups.map(({ group }) => group), ["working"]);
    assert.equal(busy.queue.tiers.find(({ tier }) => tier === "standard")!.running, 1);

    await jobs.fail(small.agent_id, leaseOf(job), {
      class: "invalid",
      message: 'Cannot read "keeper.png": 3 bytes of 4096',
    });
  });

  await t.step("failures that say the same are one, with a way to the newest's log", async () => {
    const { failures } = await fresh(test);
    assert.equal(failures.count, 1);
    const [group] = failures.groups;
    assert.equal(group!.class, "invalid");
    assert.match(group!.message, /keeper\.png/);
    assert.equal(group!.job.project, "Salt");
    assert.equal((await test.request(`/api/jobs/${group!.job.id}/log`)).status, 200);
    // The same words about another file, and one of yesterday.
    const again = await queue(test, project, { count: 2 });
    const error = { class: "invalid", message: 'Cannot read "pier.png": 17 bytes of 99' };
    await db.sql`
      update jobs set state = 'failed', finished_at = now(), error = ${db.sql.json(error)} where id = ${
      again[0]!.id
    }`;
    await db.sql`
      update jobs set state = 'failed', finished_at = now() - interval '25 hours', error = ${
      db.sql.json(error)
    }
      where id = ${again[1]!.id}`;
    const later = (await fresh(test)).failures;
    assert.deepEqual([later.count, later.groups.length, later.groups[0]!.count], [2, 1, 2]);
    assert.equal(later.groups[0]!.job.id, again[0]!.id, "the newest");
  });

  await t.step("machines that rest, are suspended or long gone are told apart", async () => {
    const rests = await addTaker(test, { agent_name: "Night owl" });
    const gone = await addTaker(test, { agent_name: "Gone" });
    const odd = await addTaker(test, { agent_name: "Odd" });
    await db.sql`update agents set resting = 'works from 22:00' where id = ${rests.agent_id}`;
    await db.sql`update agents set last_seen_at = now() - interval '2 hours' where id = ${gone.agent_id}`;
    await db.sql`
      insert into strikes (agent_id, tenant_id, runner, count, suspended_at)
      values (${odd.agent_id}, ${odd.tenant_id}, 'flux-image', 3, now())`;
    await forgetRoster(test.studio);
    const { agents } = await fresh(test);
    const names = Object.fromEntries(agents.groups.map(({ group, names }) => [group, names]));
    assert.deepEqual(names.resting, ["Night owl (works from 22:00)"]);
    assert.deepEqual(names.suspended, ["Odd (flux-image)"]);
    assert.deepEqual(names.silent, ["Gone"]);
    assert.deepEqual([agents.total, agents.online], [4, 3]);
  });

  await t.step("what is kept is added up, and uploads that were only begun apart", async () => {
    await test.studio.lfs.store(project, new TextEncoder().encode("some bytes"));
    await db.sql`
      insert into lfs_objects (project_id, tenant_id, oid, size, state)
      values (${project.id}, ${project.tenant_id}, ${"a".repeat(64)}, 1000, 'pending')`;
    const { storage } = await fresh(test);
    assert.deepEqual(storage.objects, { count: 1, bytes: 10 });
    assert.deepEqual(storage.uploads, { count: 1, bytes: 1000 });
  });

  await t.step("the gateway's own figures are told while it serves this studio alone", async () => {
    const { gateway } = await fresh(test);
    assert.equal(gateway!.database.kind, db.kind);
    assert.ok(gateway!.database.bytes > 1e6);
    if (db.kind === "postgresql") {
      assert.ok(gateway!.database.connections!.used >= 1);
      assert.ok(gateway!.database.connections!.most > 1);
    }
    // This server may have the extension or not; it says how to get it, or shows some.
    if (gateway!.database.slow_missing === null) assert.ok(gateway!.database.slow.length > 0);
    else assert.match(gateway!.database.slow_missing, /pg_stat_statements|DATABASE_URL/);
    assert.ok(gateway!.process.memory.rss > 1e6);
    assert.ok(gateway!.process.event_loop.max_ms >= gateway!.process.event_loop.mean_ms);

    const other = await test.secondTenant();
    const theirs: Operations = await (await other.request("/api/operations")).json();
    assert.deepEqual(theirs.queue.reasons, []);
    assert.equal(theirs.agents.total, 0);
    assert.equal(theirs.failures.count, 0);
    assert.deepEqual(theirs.storage.objects, { count: 0, bytes: 0 });
    assert.equal(theirs.gateway, null);
    assert.equal((await fresh(test)).gateway, null);
  });
});

Deno.test("who looks at the same moment shares one look, and a failed one is not kept", async () => {
  const kept = createKept<number>(60_000);
  let looks = 0;
  const look = () => Promise.resolve(++looks);
  assert.deepEqual(await Promise.all([kept("a", look), kept("a", look)]), [1, 1]);
  assert.equal(await kept("a", look), 1);
  assert.equal(await kept("b", look), 2);
  await assert.rejects(kept("c", () => Promise.reject(new Error("no"))), /no/);
  assert.equal(await kept("c", look), 3);
});

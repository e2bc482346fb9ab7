import assert from "node:assert/strict";
import { addTaker, forgetRoster, openJobStudio, queue } from "./testing.ts";

Deno.test("best fit goes by the cards that are there", async (t) => {
  await using test = await openJobStudio();
  const { jobs, db, agents } = test.studio;
  const [large, small] = [await test.makeProject("Large"), await test.makeProject("Small")];
  const tower = await addTaker(test, { agent_name: "Tower" });
  const empty = async () => {
    await db.sql`
      update jobs set state = 'cancelled', lease_until = null, resting = false, finished_at = now()
      where state in ('queued', 'leased', 'blocked')`;
    await db.sql`update projects set served = 0`;
  };

  await t.step(
    "while a small card is there, the only large one does all large work before any small",
    async () => {
      const laptop = await addTaker(test, {
        agent_name: "Laptop",
        vram_mb: 12 * 1024,
        capabilities: ["flux-image@low"],
      });
      await queue(test, small, { tier: "low", priority: 9, count: 2 });
      await queue(test, large, { tier: "high", count: 3 });
      await jobs.sweep();
      const order = [await jobs.take(tower), await jobs.take(tower), await jobs.take(tower)];
      assert.deepEqual(order.map((job) => job!.tier), ["high", "high", "high"]);
      assert.equal((await jobs.take(laptop))!.tier, "low");
      await agents.remove(laptop.tenant_id, laptop.agent_id);
      await empty();
    },
  );

  await t.step(
    "where the large card is the only one at all, films take turns on it: none waits for all of another's",
    async () => {
      await forgetRoster(test.studio);
      await queue(test, large, { tier: "high", count: 6 });
      await queue(test, small, { tier: "low", count: 2 });
      await jobs.sweep();
      const order: string[] = [];
      for (let job = await jobs.take(tower); job; job = await jobs.take(tower)) {
        order.push(job.project_id === small.id ? "s" : "L");
      }
      assert.equal(order.length, 8);
      assert.ok(order.lastIndexOf("s") <= 4, order.join(""));
      await empty();
    },
  );

  await t.step(
    "and of one film, High goes first there: it never waits behind Low that was asked for before, nor behind what is loaded",
    async () => {
      await queue(test, small, { tier: "low", count: 3 });
      await queue(test, small, { tier: "high", count: 2 });
      const drafts = { ...tower, loaded: ["flux-image@low"] };
      const order: string[] = [];
      for (let job = await jobs.take(drafts); job; job = await jobs.take(drafts)) order.push(job.tier!);
      assert.deepEqual(order, ["high", "high", "low", "low", "low"]);
      // Who wants the draft now says so.
      await queue(test, small, { tier: "high" });
      await queue(test, small, { tier: "low", priority: 9 });
      assert.deepEqual([(await jobs.take(drafts))!.tier, (await jobs.take(drafts))!.tier], ["low", "high"]);
      await empty();
    },
  );

  await t.step("a film that worked for days in one lane is not behind everybody in another", async () => {
    await queue(test, large, { tier: "high", count: 1, cost_s: 5_000_000 });
    await jobs.take(tower);
    await empty();
    await queue(test, small, { tier: "low", count: 6 });
    await queue(test, large, { tier: "low", count: 1 });
    const order: string[] = [];
    for (let job = await jobs.take(tower); job; job = await jobs.take(tower)) {
      order.push(job.project_id === small.id ? "s" : "L");
    }
    assert.ok(order.indexOf("L") <= 2, order.join(""));
    await empty();
  });

  await t.step("a project that nobody asked anything of for a year is no trouble", async () => {
    await db.sql`update projects set served = 100, served_at = now() - interval '1 year'`;
    await queue(test, large, {});
    assert.ok(await jobs.take(tower));
    await empty();
  });
});

import assert from "node:assert/strict";
import { openWaiters } from "./word.ts";
import { takeOffered } from "./lease_offered.ts";
import type { Taker } from "./mod.ts";
import { createAgentNames } from "./names.ts";
import { pollJob } from "./poll.ts";
import { createProgressBoard } from "./progress.ts";
import type { Room } from "./room.ts";
import { addTaker, leaseOf, openJobStudio, queue } from "./testing.ts";
import type { Offer, Waiters } from "./waiters.ts";

Deno.test("a slot that a job woke", async (t) => {
  await using test = await openJobStudio();
  const { studio } = test;
  await using waiting = await openWaiters(studio.db, studio.log);
  using progress = createProgressBoard(studio);
  const roomWith = (waiters: Waiters) =>
    ({
      ...{ studio, waiters, progress, footprints: studio.jobs.footprints },
      ...{ names: createAgentNames(), lanes: new Set<string>() },
    }) as unknown as Room;
  const room = roomWith(waiting);
  const film = await test.makeProject();
  const tower = await addTaker(test);
  const { sql } = studio.db;
  const forgetQueue = () =>
    sql`
      update jobs set state = 'cancelled', lease_until = null, resting = false, finished_at = now()
      where finished_at is null`;

  await t.step("takes that job, once, with what its lease tells of the film", async () => {
    const [job] = await queue(test, film);
    const taken = (await takeOffered(room, tower, job!))!;
    assert.deepEqual([taken.id, taken.state, taken.lease_token, taken.lease_agent], [
      ...[job!.id, "leased", 1, tower.agent_id],
    ]);
    assert.deepEqual(taken.film, { title: film.title, slug: film.slug, tenant_slug: film.tenant_slug });
    const story = (await studio.jobs.story(job!.id)).map((line) => line.sentence);
    assert.equal(story.at(-1), "Tower has taken it (Test card).");
    assert.equal(await takeOffered(room, await addTaker(test, { agent_name: "Late" }), job!), null);
    await forgetQueue();
  });

  await t.step("gets it only if it may have it as it is now", async () => {
    const [job] = await queue(test, film, { tier: "high" });
    const small = { ...tower.slot, vram_mb: 12 * 1024 };
    const stranger = { ...tower, tenant_id: (await test.secondTenant()).owner.tenant_id };
    const others: Taker[] = [
      { ...tower, slot: small },
      { ...tower, ram_mb: 1 },
      { ...tower, disk_free_mb: 1 },
      { ...tower, pools: ["elsewhere"] },
      { ...tower, suspended: ["flux-image"] },
      { ...tower, trust: "anyone" },
      { ...tower, refused: [job!.id] },
      stranger,
    ];
    for (const other of others) assert.equal(await takeOffered(room, other, job!), null);
    await sql`update jobs set place = ${`trusted||${tower.agent_id}`} where id = ${job!.id}`;
    assert.equal(await takeOffered(room, tower, job!), null, "kept off since it was offered");
    await sql`update jobs set place = 'trusted||', avoid = array[${tower.agent_id}::uuid] where id = ${
      job!.id
    }`;
    assert.equal(await takeOffered(room, tower, job!), null, "it has failed it");
    await sql`update jobs set avoid = '{}', resting = true where id = ${job!.id}`;
    assert.equal(await takeOffered(room, tower, job!), null, "its next attempt is not yet");
    await sql`update jobs set resting = false where id = ${job!.id}`;
    assert.ok(await takeOffered(room, tower, job!));
    await forgetQueue();
  });

  await t.step("and found a better one meanwhile leaves it to somebody else", async () => {
    const [low] = await queue(test, film, { priority: 1 });
    const [high] = await queue(test, film, { priority: 9 });
    const left: Offer[] = [];
    // Woken in the instant between beginning to wait and looking.
    const hasty = roomWith({
      add: (waiter) => (waiter.wake(low!), { [Symbol.dispose]() {} }),
      offer: (offer) => void left.push(offer),
      size: () => 0,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    const taken = await pollJob(hasty, tower, 20, new AbortController().signal);
    assert.equal(taken!.id, high!.id);
    assert.deepEqual(left.map(({ id }) => id), [low!.id]);
    await studio.jobs.release(tower.agent_id, leaseOf(taken!), "test");
    await forgetQueue();
  });
});

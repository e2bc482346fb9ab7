import assert from "node:assert/strict";
import type { Taker } from "./mod.ts";
import { type Footprint, secondsFor, stepOf, tooMuch } from "./footprints.ts";
import {
  addTaker,
  deliver,
  DONE_SECONDS,
  draw,
  forgetRoster,
  leaseOf,
  openJobStudio,
  queue,
} from "./testing.ts";

const made = (more: Partial<Footprint>): Footprint => ({
  capability: "flux-image@high",
  card: "RTX 4090, 24 GB",
  size_step: 40,
  length_step: 0,
  runs: 1,
  seconds: 60,
  energy_wh: 5,
  peak_vram_mb: 20_000,
  ooms: 0,
  ...more,
});
const work = { size_step: 40, length_step: 0 };

Deno.test("sizes that differ by little are one, twice as much is two steps more", () => {
  assert.equal(stepOf(1024 * 1024), stepOf(1000 * 1000));
  assert.equal(stepOf(2048 * 1024), stepOf(1024 * 1024) + 2);
  assert.equal(stepOf(0), 0);
});

Deno.test("a card that ran out of memory twice is not asked for as much or more again, until it has done it", () => {
  const failed = made({ runs: 0, seconds: null, ooms: 2 });
  const asked = (more: Partial<typeof work>, footprints: Footprint[] = [failed]) =>
    tooMuch(footprints, "flux-image@high", "RTX 4090, 24 GB", { ...work, ...more }) !== null;
  assert.ok(asked({}) && asked({ size_step: 42 }));
  assert.ok(!asked({ size_step: 38 }), "less may fit");
  assert.ok(!asked({}, [made({ runs: 0, ooms: 1 })]), "once may be an accident");
  assert.ok(!asked({}, [failed, made({ size_step: 42 })]), "it has done more since");
  assert.equal(tooMuch([failed], "flux-image@high", "RTX 3090, 24 GB", work), null);
  assert.equal(tooMuch([failed], "flux-image@standard", failed.card, work), null);
});

Deno.test("what such work takes is what it took, whoever did it more counting more", () => {
  const footprints = [
    made({ seconds: 60, runs: 3 }),
    made({ card: "RTX 3090, 24 GB", seconds: 100, runs: 1 }),
  ];
  assert.equal(secondsFor(footprints, "flux-image@high", work), 70);
  assert.equal(secondsFor(footprints, "flux-image@high", { ...work, size_step: 41 }), null);
  assert.equal(secondsFor([made({ seconds: null, runs: 0, ooms: 1 })], "flux-image@high", work), null);
});

Deno.test("what runs out of memory twice goes to a larger card that is there, and a tier lower only when that fails too", async () => {
  await using test = await openJobStudio();
  const { jobs } = test.studio;
  const project = await test.makeProject();
  const can = ["flux-image@low", "flux-image@standard"];
  const small = await addTaker(test, { agent_name: "Small", capabilities: can, vram_mb: 16 * 1024 });
  await addTaker(test, { agent_name: "Twin", capabilities: can, vram_mb: 16 * 1024 });
  const large = await addTaker(test, { agent_name: "Large", capabilities: can, vram_mb: 24 * 1024 });
  const [job] = await queue(test, project, { tier: "standard" });
  const runOut = async (taker: Taker) => {
    const taken = (await jobs.take(taker))!;
    assert.equal(taken.id, job!.id);
    return await jobs.fail(taker.agent_id, leaseOf(taken), { class: "oom", message: "CUDA out of memory" });
  };
  await runOut(small);
  const moved = await runOut(small);
  assert.deepEqual([moved.tier, moved.avoid, moved.oom_retries], ["standard", [small.agent_id], 0]);
  assert.match((await jobs.story(job!.id)).at(-1)!.sentence, /tried on a larger card \(Large\)/);
  assert.equal(await jobs.take(small), null, "never a third time on the card that could not hold it");
  await runOut(large);
  const fallen = await runOut(large);
  assert.equal(fallen.tier, "low");
});

Deno.test("work that took longer than a minute, and no whole number of seconds, is asked for again", async () => {
  await using test = await openJobStudio();
  const { jobs } = test.studio;
  const project = await test.makeProject("The Lighthouse Keeper", { width: 512, height: 512 });
  const tower = await addTaker(test, { capabilities: ["flux-image@low"] });
  const node = { id: "still", title: "Still", shot: "STILL-010", prompt: "a lamp" };
  await draw(test, project, [{ ...node, type: "generate_image" }]);
  const ask = async () => {
    const body = { node_id: "still", tier: "low" as const, takes: 1, version_up: false };
    return (await jobs.submit(project, test.owner, body))[0]!;
  };
  await ask();
  const taken = (await jobs.take(tower))!;
  await deliver(test, taken, leaseOf(taken), 512.3456);
  await jobs.footprints.flush();

  const again = await ask();
  assert.deepEqual([again.state, again.max_run_s, again.estimate_s], ["queued", 5124, 512]);
});

Deno.test("what ran out of memory twice on a card is not asked of it again, and what took long is expected to", async () => {
  await using test = await openJobStudio();
  const { jobs } = test.studio;
  const project = await test.makeProject("The Lighthouse Keeper", { width: 1024, height: 1024 });
  const tower = await addTaker(test, { capabilities: ["flux-image@low", "flux-image@standard"] });
  await draw(test, project, [{
    id: "still",
    type: "generate_image",
    title: "Still",
    shot: "STILL-010",
    prompt: "a lamp",
  }]);
  const ask = async () => {
    const [job] = await jobs.submit(project, test.owner, {
      node_id: "still",
      tier: "standard",
      takes: 1,
      version_up: false,
    });
    return job!;
  };
  const runOutOfMemory = async () => {
    const job = (await jobs.take(tower))!;
    await jobs.fail(job.lease_agent!, leaseOf(job), { class: "oom", message: "CUDA out of memory" });
  };
  assert.equal((await ask()).tier, "standard");
  await runOutOfMemory();
  await runOutOfMemory();
  await deliver(test, (await jobs.take(tower))!);
  await jobs.footprints.flush();

  const second = await ask();
  assert.equal(second.tier, "low");
  assert.equal(second.fallback, "Standard asked, made at Low: Tower ran out of memory with as much before.");
  const lowered = (await jobs.take(tower))!;
  assert.equal(
    await jobs.footprints.expected(lowered),
    DONE_SECONDS,
    "a take of that size took so long here",
  );
  assert.equal((await jobs.leaseView(lowered, "http://studio.test")).expected_s, DONE_SECONDS);
  await deliver(test, lowered);

  // Another card of the same memory and another name is tried first, and where it is the only one that can, the tier stays.
  const other = await addTaker(test, { capabilities: ["flux-image@standard"], agent_name: "Attic" });
  await test.studio.db.sql`
    update agents set facts_version = facts_version + 1, facts = jsonb_set(facts, '{slots,0,name}', '"Other card"')
    where id = ${other.agent_id}`;
  await forgetRoster(test.studio);
  const third = await ask();
  assert.deepEqual([third.tier, third.avoid], ["standard", [tower.agent_id]]);
  assert.equal(await jobs.take(tower), null);
  assert.equal((await jobs.take(other))!.id, third.id);
});

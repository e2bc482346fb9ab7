import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { listen, queueStill } from "./testing.ts";

Deno.test("whoever looks after the machines is told of what they should see, once and on every screen", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const other = await test.makeProject("Harbour");
  const agent = await test.joinAgent({ name: "Tower" });
  using heard = listen(test, other);
  const notices = async () =>
    (await (await test.request(`/api/projects/${project.id}/notices`)).json()).items
      .filter((notice: { agent_id: string | null }) => notice.agent_id === agent.id)
      .map((notice: { sentence: string }) => notice.sentence.replace(/\..*/, ""));

  await agent.heartbeat({ disk_free_mb: 40_000 });
  assert.deepEqual(await notices(), []);
  await agent.heartbeat({ disk_free_mb: 1024 });
  await agent.heartbeat({ disk_free_mb: 1000 });
  assert.equal((await notices()).length, 1);
  assert.match((await notices())[0], /^Tower has 1/);

  await agent.session({ ...agent.facts, comfyui_version: null });
  assert.match((await notices())[0], /^ComfyUI on Tower does not answer any more/);
  await agent.session();

  for (let fault = 0; fault < 3; fault++) {
    await queueStill(test, project);
    const lease = await agent.lease();
    await (await agent.fail(lease, { class: "agent", message: "Its card fell off the bus." })).body?.cancel();
    await test.studio.db.sql`
      update jobs set state = 'cancelled', finished_at = now(), resting = false where id = ${lease.job_id}`;
  }
  assert.match((await notices())[0], /^Tower failed with animatic-still three times/);
  assert.equal((await notices()).length, 3);
  const onOther = heard.events.filter((event) => event.type === "notice").length;
  assert.equal(onOther, 3, "a machine is every film's");
  const studio = await test.secondTenant();
  const theirs = await studio.makeProject();
  assert.deepEqual((await (await studio.request(`/api/projects/${theirs.id}/notices`)).json()).items, []);
});

Deno.test("a model file that is not the one that others have is told to whoever looks after the machines", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const notices = async () =>
    (await (await test.request(`/api/projects/${project.id}/notices`)).json()).items
      .map(({ sentence }: { sentence: string }) => sentence);
  const [right, wrong] = ["a".repeat(64), "b".repeat(64)];
  const key = "vae/ae.safetensors";
  const tower = await test.joinAgent({ name: "Tower" });
  await tower.session({ ...tower.facts, models: { [key]: right } });
  const attic = await test.joinAgent({ name: "Attic" });
  await attic.session({ ...attic.facts, models: { [key]: right, "vae/only.safetensors": wrong } });
  assert.deepEqual(await notices(), [], "the same file is nothing to speak of");

  const cellar = await test.joinAgent({ name: "Cellar" });
  await cellar.session({ ...cellar.facts, models: { [key]: wrong } });
  await cellar.session({ ...cellar.facts, models: { [key]: wrong }, disk_free_mb: 99_999 });
  assert.deepEqual(await notices(), [
    `${key} on Cellar is not the file that Attic and Tower have: its SHA-256 begins with ${
      wrong.slice(0, 12)
    }, theirs with ${
      right.slice(0, 12)
    }. Compare both with what its maker states, and fetch it anew where it is wrong.`,
  ]);
  const studio = await test.secondTenant();
  const theirs = await studio.makeProject();
  assert.deepEqual((await (await studio.request(`/api/projects/${theirs.id}/notices`)).json()).items, []);
});

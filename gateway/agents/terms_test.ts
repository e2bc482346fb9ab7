import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { agentView, queueStill, until } from "./testing.ts";

const everything = { allow: [], deny: [] };

Deno.test("an agent whose owner has rules", async (t) => {
  await using test = await openTestStudio();
  const film = await test.makeProject("The Lighthouse Keeper");
  const advert = await test.makeProject("Ad for a bank");

  await t.step(
    "is never given the projects it refuses, by title or id, and is told why it idles",
    async () => {
      const agent = await test.joinAgent({ name: "picky" });
      const refused = await queueStill(test, advert);
      for (const deny of [[" ad FOR a bank"], [advert.id]]) {
        await agent.session({ ...agent.facts, terms: { projects: { allow: [], deny }, pools: [] } });
        const reply = await agent.poll();
        assert.equal(reply.lease, null);
        assert.match(reply.idle!.sentence, /not for this machine by its owner's rules/);
      }
      const why = await until("why the job waits", async () => {
        const { waiting } = await (await test.request(`/api/jobs/${refused.id}`)).json();
        return waiting?.reason === "paused" ? waiting.sentence : null;
      });
      assert.match(why, /picky could make it but its owner does not lend it to this project/);
      const wanted = await queueStill(test, film);
      assert.equal((await agent.lease()).job_id, wanted.id);
      await agent.session({
        ...agent.facts,
        terms: { projects: { allow: ["The lighthouse keeper"], deny: [] }, pools: [] },
      });
      assert.equal((await agent.poll()).lease, null);
      await agent.session();
      assert.equal((await agent.lease()).job_id, refused.id, "without terms it is anybody's");
    },
  );

  await t.step("is not woken for them either: the job goes to the one that will", async () => {
    const picky = await test.joinAgent({ name: "picky" });
    const other = await test.joinAgent({ name: "other" });
    await picky.session({
      ...picky.facts,
      terms: { projects: { allow: [film.id], deny: [] }, pools: [] },
    });
    const waits = picky.poll({ wait_s: 3 });
    const gets = other.poll({ wait_s: 20 });
    const job = await queueStill(test, advert);
    assert.equal((await gets).lease!.job_id, job.id);
    assert.equal((await waits).lease, null);
  });

  await t.step("is not given a job again that it handed back for a word", async () => {
    const agent = await test.joinAgent({ name: "careful" });
    const job = await queueStill(test, film);
    const lease = await agent.lease();
    await (await agent.release(lease, "the owner of this machine refuses prompts with certain words")).body
      ?.cancel();
    assert.equal((await agent.poll({ refused: [job.id] })).lease, null);
    assert.equal((await agent.lease()).job_id, job.id);
  });

  await t.step("works for the pools it is lent to, of those the studio gave it", async () => {
    const agent = await test.joinAgent({ name: "narrow", pools: ["default", "farm"] });
    const terms = { projects: everything, pools: ["farm"] };
    await agent.session({ ...agent.facts, terms });
    const job = await queueStill(test, film);
    assert.equal((await agent.poll()).lease, null);
    await agent.session({ ...agent.facts, terms: { ...terms, pools: ["default"] } });
    assert.equal((await agent.lease()).job_id, job.id);
  });
});

Deno.test("a resting agent", async (t) => {
  await using test = await openTestStudio();
  const film = await test.makeProject();
  const agent = await test.joinAgent({ name: "tower" });
  const resting = "Outside its hours (22:00–07:00).";

  await t.step("says why on its card, ends its open polls, and counts as nobody for what waits", async () => {
    const open = agent.poll({ wait_s: 25 });
    await agent.heartbeat({ resting });
    assert.equal((await open).lease, null);
    const view = await agentView(test, agent.id);
    assert.deepEqual([view.state, view.resting], ["online", resting]);
    const job = await queueStill(test, film);
    const seen = await until("the reason", async () => {
      const answer = await test.request(`/api/jobs/${job.id}`);
      const { waiting } = await answer.json();
      return waiting?.reason === "paused" ? waiting : null;
    });
    assert.match(seen.sentence, /tower could make it but rests by its owner's rules: Outside its hours/);
  });

  await t.step("works again from the first heartbeat without it, and so does a new process", async () => {
    await agent.heartbeat({});
    assert.equal((await agentView(test, agent.id)).resting, null);
    await agent.heartbeat({ resting });
    await agent.session();
    assert.equal((await agentView(test, agent.id)).resting, resting, "new facts of the same process");
    await agent.reboot();
    assert.equal((await agentView(test, agent.id)).resting, null);
  });
});

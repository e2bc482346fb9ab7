import assert from "node:assert/strict";
import { draw, meanwhile, openJobStudio, openNeighbour } from "./testing.ts";

Deno.test("who asks again under the same name, as no answer came, gets the jobs of the first time", async (t) => {
  await using test = await openJobStudio();
  const project = await test.makeProject("Salt");
  await draw(test, project, [{
    id: "still",
    type: "generate_image",
    title: "Still",
  }], []);
  const ask = async (ask_id: string | undefined, takes = 1) => {
    const answer = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", takes, ...(ask_id ? { ask_id } : {}) },
    });
    const { jobs } = await answer.json();
    assert.equal(answer.status, 202);
    return jobs.map((job: { id: string; take: { name: string } }) => [job.id, job.take.name]);
  };
  const count = async () => {
    const [row] = await test.studio.db.sql<{ jobs: number }[]>`select count(*)::int as jobs from jobs`;
    return row!.jobs;
  };

  await t.step("all of them, in their order", async () => {
    const id = crypto.randomUUID();
    const first = await ask(id, 3);
    assert.equal(first.length, 3);
    assert.deepEqual(await ask(id, 3), first);
    assert.equal(await count(), 3);
  });

  await t.step("at the same moment as well", async () => {
    const id = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(id)));
    assert.equal(new Set(answers.map((each) => JSON.stringify(each))).size, 1);
    assert.equal(await count(), 4);
  });

  await t.step("and what came second leaves no gap in the takes' numbers", async () => {
    const id = crypto.randomUUID();
    let first: [string, string][] = [];
    await using there = await openNeighbour(test);
    meanwhile(test, async () => {
      const body = { node_id: "still", takes: 1, version_up: false, ask_id: id };
      const made = await there.jobs.submit(project, test.owner, body);
      first = made.map((job) => [job.id, job.take!.name]);
    });
    const second = await ask(id);
    assert.deepEqual(second, first);
    const next = await ask(undefined);
    const number = (jobs: [string, string][]) => Number(jobs[0]![1].slice(-2));
    assert.equal(number(next), number(second) + 1);
  });

  await t.step("another name, or none, asks for more", async () => {
    await ask(crypto.randomUUID());
    await ask(undefined);
    await ask(undefined);
    assert.equal(await count(), 9);
  });

  await t.step("a name is known in its film only, and is one", async () => {
    const other = await test.makeProject("Pepper");
    await draw(test, other, [{
      id: "still",
      type: "generate_image",
      title: "Still",
    }], []);
    const id = crypto.randomUUID();
    const [[first]] = await ask(id);
    const answer = await test.request(`/api/projects/${other.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", ask_id: id },
    });
    assert.notEqual((await answer.json()).jobs[0].id, first);
    const wrong = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", ask_id: "again" },
    });
    await wrong.body?.cancel();
    assert.ok([400, 422].includes(wrong.status));
  });
});

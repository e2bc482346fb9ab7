import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import type { Job } from "../../shared/jobs/job.ts";
import type { z } from "zod";

type View = z.infer<typeof Job>;

Deno.test("waiting jobs are put in another order, which agents follow and other projects do not feel", async () => {
  await using test = await openTestStudio();
  await test.serve();
  const project = await test.makeProject("The Queue");
  const agent = await test.joinAgent();
  const shots = ["010", "020", "030", "040"];
  const nodes = shots.map((name, index) => ({
    ...{ id: `s${name}`, type: "shot", title: name, shot: `SHOT-${name}`, prompt: "Fog", runner: "animatic" },
    position: { x: index * 300, y: 0 },
  }));
  const ask = async (path: string, method: string, json?: unknown) => {
    const answer = await test.request(path, { method, ...(json === undefined ? {} : { json }) });
    return { status: answer.status, body: await answer.json() };
  };
  await ask(`/api/projects/${project.id}/canvas`, "PUT", { graph: { nodes, edges: [] } });
  const jobs: View[] = [];
  for (const { id } of nodes) {
    jobs.push((await ask(`/api/projects/${project.id}/jobs`, "POST", { node_id: id })).body.jobs[0]);
  }
  const [first, second, third, fourth] = jobs as [View, View, View, View];
  const place = (job: View, before: View | null) =>
    ask(`/api/jobs/${job.id}`, "PATCH", { before: before && before.id });
  const order = async () => {
    const { items } = (await ask(`/api/projects/${project.id}/jobs`, "GET")).body as { items: View[] };
    return items.sort((a, b) => b.priority - a.priority || a.order - b.order || (a.id < b.id ? -1 : 1))
      .map((job) => shots[jobs.findIndex(({ id }) => id === job.id)]);
  };
  const keys = async () =>
    (await ask(`/api/projects/${project.id}/jobs`, "GET")).body.items.map((job: View) => job.order).sort();
  const before = await keys();
  assert.deepEqual(await order(), ["010", "020", "030", "040"]);
  assert.equal((await place(fourth, second)).status, 200);
  assert.deepEqual(await order(), ["010", "040", "020", "030"]);
  await place(first, null);
  await place(third, third);
  assert.deepEqual(await order(), ["040", "020", "030", "010"]);
  assert.deepEqual(await keys(), before, "the project's places in the lane are the same");
  await ask(`/api/jobs/${second.id}`, "PATCH", { priority: 9 });
  await place(third, second);
  assert.deepEqual(await order(), ["030", "020", "040", "010"]);

  const lease = await agent.lease();
  assert.equal(lease.spec.kind === "generate" && lease.spec.take.shot, "SHOT-030");
  assert.equal((await place(third, second)).status, 409, "what runs has no place any more");
  assert.equal((await place(second, third)).status, 409);
  const stranger = { id: crypto.randomUUID() } as View;
  assert.equal((await place(second, stranger)).status, 409);
  assert.equal((await place(second, { id: "x" } as View)).status, 400);
  assert.equal((await ask(`/api/jobs/${second.id}`, "PATCH", { before: first.id, priority: 3 })).status, 400);
});

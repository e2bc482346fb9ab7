import assert from "node:assert/strict";
import { openTestStudio } from "./studio.ts";

const GRAPH = {
  nodes: [{
    id: "keeper",
    type: "generate_image",
    title: "The keeper",
    position: { x: 0, y: 0 },
    shot: "STILL-KEEPER",
    prompt: "A lighthouse keeper, oil lamp",
  }],
  edges: [],
};

Deno.test("a take is born: canvas, job, lease, upload, completion, commit", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("The Lighthouse Keeper");
  const canvas = await studio.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: GRAPH },
  });
  assert.equal(canvas.status, 200, await canvas.text());

  const agent = await studio.joinAgent();
  const submitted = await studio.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "keeper" },
  }, "artist");
  assert.equal(submitted.status, 202, await submitted.clone().text());
  const [job] = (await submitted.json()).jobs;
  assert.equal(job.take.name, "STILL-KEEPER_v01_take01");

  const lease = await agent.lease();
  assert.equal(lease.job_id, job.id);
  const beat = await agent.heartbeat({
    leases: [{ lease: lease.lease, progress: { stage: "Sampling", progress: 0.5 } }],
  });
  assert.deepEqual(beat.leases, [{ lease: lease.lease, verdict: "ok" }]);
  const completed = await agent.complete(lease);
  assert.ok(completed.ok, await completed.text());

  const takes = await (await studio.request(`/api/projects/${project.id}/takes`)).json();
  assert.equal(takes.items[0].name, "STILL-KEEPER_v01_take01");
  await studio.studio.git.settle(project.id);
  const pointer = await studio.studio.git.readFile(project, takes.items[0].path);
  assert.match(new TextDecoder().decode(pointer!), /^version https:\/\/git-lfs/);
});

Deno.test("the same over a socket: the studio calls itself by the port it got", async () => {
  await using studio = await openTestStudio();
  const url = await studio.serve();
  const response = await fetch(`${url}/api/projects`, {
    headers: { authorization: `Bearer ${studio.tokens.viewer}` },
  });
  assert.deepEqual(await response.json(), { items: [] });
  const project = await studio.makeProject();
  const [view] = await studio.studio.projects.view([project]);
  assert.ok(view!.git_url.startsWith(`${url}/git/`));
  const agent = await studio.joinAgent();
  assert.equal((await agent.poll()).lease, null);
});

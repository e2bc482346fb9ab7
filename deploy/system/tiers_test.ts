import assert from "node:assert/strict";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { CanvasNode } from "../../shared/canvas/graph.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import type { Job } from "../../shared/jobs/job.ts";
import type { z } from "zod";

type JobView = z.infer<typeof Job>;

/** From the click to the committed sidecar: a take made below the tier that was asked for says so everywhere. */

Deno.test("a card of 15.6 GiB makes High at Standard, and job, sidecar and notice say so", async () => {
  await using world = await openTestStudio();
  const project = await still(world);
  const agent = await world.joinAgent({ vramMb: 15_974 });
  const job = await generate(world, project);
  assert.deepEqual([job.tier_requested, job.tier], ["high", "standard"]);
  assert.match(job.fallback!, /High asked, made at Standard/);

  assert.equal((await agent.complete(await agent.lease())).status, 204);
  const sidecar = await committedSidecar(world, project, job);
  assert.deepEqual(sidecar.tier, { asked: "high", used: "standard" });
  assert.equal(sidecar.fallback, job.fallback);
  assert.ok((await noticesOf(world, project)).some((sentence) => sentence.includes("made at Standard")));
});

Deno.test("out of memory is tried once more, then a tier lower, and the take says so", async () => {
  await using world = await openTestStudio();
  const project = await still(world);
  const agent = await world.joinAgent({ vramMb: 24_000 });
  const job = await generate(world, project);
  assert.equal(job.tier, "high");

  for (const tier of ["high", "high"]) {
    const lease = await agent.lease();
    assert.equal(lease.spec.kind === "generate" && lease.spec.tier, tier);
    await agent.fail(lease, { class: "oom", message: "The card ran out of memory." });
  }
  const lower = await agent.lease();
  assert.equal(lower.spec.kind === "generate" && lower.spec.tier, "standard");
  assert.equal((await agent.complete(lower)).status, 204);
  const sidecar = await committedSidecar(world, project, job);
  assert.deepEqual(sidecar.tier, { asked: "high", used: "standard" });
  assert.match(String(sidecar.fallback), /memory/i);
});

Deno.test("with no agent at all a job waits, and says for what", async () => {
  await using world = await openTestStudio();
  const job = await generate(world, await still(world));
  assert.equal(job.state, "queued");
  assert.equal(job.waiting!.reason, "no_agent");
  assert.match(job.waiting!.sentence, /24 GB|High/);
});

async function still(world: TestStudio): Promise<ProjectRow> {
  const project = await world.makeProject("Tiers", { quality: "high", width: 1024, height: 1024 });
  const node = CanvasNode.parse({
    id: "still",
    type: "generate_image",
    title: "Still",
    shot: "STILL",
    position: { x: 0, y: 0 },
    prompt: "A lamp",
    runner: "flux-image",
  });
  await world.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: { nodes: [node], edges: [] } },
  });
  return project;
}

async function generate(world: TestStudio, project: ProjectRow): Promise<JobView> {
  const response = await world.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "still" },
  });
  assert.equal(response.status, 202, await response.clone().text());
  return (await response.json()).jobs[0];
}

async function committedSidecar(
  world: TestStudio,
  project: ProjectRow,
  job: JobView,
): Promise<Record<string, unknown>> {
  await world.studio.git.settle(project.id);
  const file = await world.studio.git.readFile(project, `03_Renders/STILL/${job.take!.name}.json`);
  return JSON.parse(new TextDecoder().decode(file!));
}

async function noticesOf(world: TestStudio, project: ProjectRow): Promise<string[]> {
  const response = await world.request(`/api/projects/${project.id}/notices`);
  return (await response.json()).items.map((notice: { sentence: string }) => notice.sentence);
}

import assert from "node:assert/strict";
import type { StudioEvent } from "../../shared/events/events.ts";
import type { Job } from "../../shared/jobs/job.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";

/** Polls until it holds; a generous deadline, as machines that test are slow. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A still that any card can make, queued. */
export async function queueStill(test: TestStudio, project: ProjectRow): Promise<Job> {
  const graph = {
    nodes: [{
      id: "still",
      type: "generate_image",
      title: "Lamp room",
      position: { x: 0, y: 0 },
      shot: "STILL-LAMP",
      prompt: "A lamp room in fog",
      runner: "animatic-still",
    }],
    edges: [],
  };
  const put = await test.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: { graph } });
  assert.equal(put.status, 200, await put.clone().text());
  await put.body?.cancel();
  const submitted = await test.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "still" },
  });
  assert.equal(submitted.status, 202, await submitted.clone().text());
  return (await submitted.json()).jobs[0];
}

/** Everything that is published for a project from now on. */
export function listen(test: TestStudio, project: ProjectRow): { events: StudioEvent[] } & Disposable {
  const events: StudioEvent[] = [];
  const heard = test.studio.events.subscribe(
    { tenant_id: project.tenant_id, project_id: project.id },
    (event) => events.push(event),
  );
  return { events, [Symbol.dispose]: () => heard[Symbol.dispose]() };
}

/** An agent as the API shows it. */
export async function agentView(test: TestStudio, id: string) {
  const answer = await test.request(`/api/agents/${id}`);
  assert.equal(answer.status, 200);
  return await answer.json();
}

import assert from "node:assert/strict";
import type { Export } from "../../shared/api/work.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestAgent, TestLease } from "../testing/agent.ts";
import type { TestStudio } from "../testing/studio.ts";

const shot = (id: string, name: string, more: object = {}) => ({
  ...{ id, type: "shot" as const, title: name, position: { x: 0, y: 0 }, shot: name, prompt: "A light" },
  ...{
    negative_prompt: "",
    seed: 1,
    seed_locked: true,
    runner: "animatic",
    params: {},
    duration: 24,
    trim_in: 0,
  },
  ...more,
});
const wire = (id: string, source: string, target: string, port: string) => ({
  ...{ id, source, source_port: "shot", target, target_port: port },
});

/** Three shots into an assembler; the second is trimmed. */
export function film(trim: object = { trim_in: 4, trim_out: 20 }): Graph {
  return {
    nodes: [
      shot("s1", "SHOT-010"),
      shot("s2", "SHOT-020", trim),
      shot("s3", "SHOT-030"),
      { id: "vse", type: "assembler", title: "The film", position: { x: 0, y: 0 } },
    ],
    edges: [
      wire("e1", "s1", "s2", "previous"),
      wire("e2", "s2", "s3", "previous"),
      wire("e3", "s3", "vse", "sequence"),
    ],
  } as Graph;
}

export async function put(studio: TestStudio, project: ProjectRow, graph: Graph) {
  const answer = await studio.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph },
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A take of each node, made by an agent. */
export async function shoot(studio: TestStudio, project: ProjectRow, agent: TestAgent, nodes: string[]) {
  for (const node_id of nodes) {
    const asked = await studio.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id },
    });
    assert.equal(asked.status, 202, await asked.text());
    const done = await agent.complete(await agent.lease());
    assert.equal(done.status, 204, await done.text());
  }
}

export async function render(studio: TestStudio, project: ProjectRow) {
  const answer = await studio.request(`/api/projects/${project.id}/renders`, {
    method: "POST",
    json: { assembler: "vse" },
  });
  const text = await answer.text();
  assert.equal(answer.status, 202, text);
  return JSON.parse(text) as { job: { id: string; state: string }; export: Export };
}

export function reportOf(lease: TestLease, frames: number) {
  const { width, height } = lease.spec;
  return {
    body: { media: { format: "mp4", width, height, frames, rate: "24/1", codec: "h264", audio: true } },
  };
}

export async function readJson<T>(studio: TestStudio, path: string): Promise<T> {
  const answer = await studio.request(path);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

import assert from "node:assert/strict";
import type { Branch, MergePlan } from "../../shared/api/branches.ts";
import type { Graph, NodeOf } from "../../shared/canvas/graph.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { Manifest } from "../../shared/project/manifest.ts";
import type { z } from "zod";
import { mustGit } from "../git/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestInit, TestStudio } from "../testing/studio.ts";

type Plan = z.infer<typeof MergePlan>;

export const shot = (number: string, more: Record<string, unknown> = {}) => ({
  id: `shot-${number}`,
  type: "shot",
  title: `Shot ${number}`,
  position: { x: 0, y: 0 },
  shot: `SHOT-${number}`,
  prompt: "A lamp in the fog",
  ...more,
});

/** One project as scripts see it. */
export function branchesOf(world: TestStudio, project: ProjectRow) {
  const { studio } = world;
  const base = `/api/projects/${project.id}`;
  async function ask<T>(path: string, init: TestInit = {}, status = 200): Promise<T> {
    const answer = await world.request(`${base}${path}`, init);
    const body = await answer.text();
    assert.equal(answer.status, status, body);
    return JSON.parse(body);
  }
  const on = (branch: string) => `?branch=${encodeURIComponent(branch)}`;
  return {
    ask,
    /** The project as a branch has it. */
    at: (branch: string) => studio.branches.at(project, branch),
    begin: (title: string, more: Record<string, unknown> = {}) =>
      ask<Branch>("/branches", { method: "POST", json: { title, ...more } }, 201),
    list: async (query = "") => (await ask<{ items: Branch[] }>(`/branches${query}`)).items,
    discard: (name: string) => ask<Branch>(`/branches/${encodeURIComponent(name)}`, { method: "DELETE" }),
    restore: (name: string) =>
      ask<Branch>(`/branches/${encodeURIComponent(name)}/restore`, { method: "POST" }),
    merge: (from: string, body: Record<string, unknown> = {}, status = 200) =>
      ask<Plan>(`/branches/${encodeURIComponent(from)}/merge`, { method: "POST", json: body }, status),
    change: (branch: string, ...operations: Operation[]) =>
      ask(`/canvas${on(branch)}`, { method: "PATCH", json: { operations } }),
    draw: (branch: string, ...nodes: unknown[]) =>
      ask(`/canvas${on(branch)}`, { method: "PUT", json: { graph: { nodes, edges: [] } } }),
    canvas: async (branch: string) => (await ask<{ graph: Graph }>(`/canvas${on(branch)}`)).graph,
    shots: async (branch: string) =>
      (await ask<{ graph: Graph }>(`/canvas${on(branch)}`)).graph.nodes as NodeOf<"shot">[],
    takes: async (branch: string) =>
      (await ask<{ items: { name: string; active: boolean }[] }>(`/takes${on(branch)}`)).items
        .map(({ name, active }) => active ? `${name} *` : name),
    /** project.json as Git has it. */
    async manifest(branch: string): Promise<Manifest> {
      await studio.git.settle(project.id);
      const file = await studio.git.readFile(project, "project.json", branch);
      return Manifest.parse(JSON.parse(new TextDecoder().decode(file!)));
    },
    git: (...args: string[]) => mustGit(studio.git.path(project), args),
  };
}

export const set = (id: string, fields: Record<string, unknown>): Operation => ({
  op: "update_node",
  id,
  set: fields,
});

import type { Canvas } from "../../shared/api/project.ts";
import type { CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import { applyOperations, type Operation } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { readManifest } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import { findCommit } from "./commits.ts";

/**
 * The canvas, or one node of it, as a commit had it: as a new change on top of all others. With it the takes that were
 * chosen then. ProblemError not_found, unprocessable when that version's project.json can't be read.
 */
export async function restore(
  studio: Studio,
  project: ProjectRow,
  commit: string,
  options: { node_id?: string; by: string },
): Promise<Canvas> {
  const gitDir = studio.git.path(project);
  await findCommit(gitDir, commit);
  const read = await readManifest(gitDir, commit);
  if ("fault" in read) {
    throw new ProblemError("unprocessable", `This version cannot be restored: ${read.fault}`);
  }
  const { node_id, by } = options;
  const canvas = node_id === undefined
    ? await studio.canvas.put(project, read.manifest.canvas, { by })
    : await restoreNode(studio, project, read.manifest.canvas, { node_id, by });
  await restoreChoices(studio, project, read.manifest, options);
  return canvas;
}

/** On top of whatever somebody changes at the same time. */
async function restoreNode(
  studio: Studio,
  project: ProjectRow,
  then: Graph,
  { node_id, by }: { node_id: string; by: string },
): Promise<Canvas> {
  const node = then.nodes.find((each) => each.id === node_id);
  if (!node) throw new ProblemError("not_found", `That version has no node "${node_id}".`);
  for (;;) {
    const now = await studio.canvas.read(studio.db.sql, project.id, project.branch);
    const operations = stepsBack(node, then, now.graph);
    try {
      return await studio.canvas.patch(project, operations, { version: now.version, by });
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === "conflict")) throw error;
    }
  }
}

/** A node that is there gets its fields back; one that is gone comes back with the wires that still fit. */
export function stepsBack(node: CanvasNode, then: Graph, now: Graph): Operation[] {
  const here = now.nodes.find((each) => each.id === node.id);
  const { parent, ...plain } = node;
  const grouped = parent !== undefined &&
    now.nodes.some((each) => each.id === parent && each.type === "group");
  if (here) {
    const gone = Object.keys(here).filter((key) => !(key in node)).map((key) => [key, null]);
    // Its group may be gone; where it lies now is better than nowhere.
    const set = { ...Object.fromEntries(gone), ...plain, ...(grouped ? { parent } : {}) };
    if (!grouped && parent !== undefined) delete set.parent;
    return [{ op: "update_node", id: node.id, set }];
  }
  const steps: Operation[] = [{ op: "add_node", node: (grouped ? node : plain) as CanvasNode }];
  for (const edge of then.edges) {
    if (edge.source !== node.id && edge.target !== node.id) continue;
    const next: Operation = { op: "add_edge", edge };
    if (applyOperations(now, [...steps, next]).ok) steps.push(next);
  }
  return steps;
}

async function restoreChoices(
  studio: Studio,
  project: ProjectRow,
  then: Manifest,
  { node_id, by }: { node_id?: string; by: string },
): Promise<void> {
  for (const { node, active } of Object.values(then.shots)) {
    if (active === undefined || (node_id !== undefined && node !== node_id)) continue;
    const [take] = await studio.db.sql<{ id: string }[]>`
      select id from takes where project_id = ${project.id} and node_id = ${node} and name = ${active}`;
    if (take) await studio.takes.activate(project, take.id, by);
  }
}

import { isDeepStrictEqual } from "node:util";
import type { Canvas } from "../../shared/api/project.ts";
import { type Graph, isGenerating } from "../../shared/canvas/graph.ts";
import { applyOperations, graphFaults } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { type Manifest, writeManifest } from "../../shared/project/manifest.ts";
import type { Querier } from "../db/mod.ts";
import { enqueue } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { CanvasRoom } from "./mod.ts";
import { insertCanvas, lockCanvas, readCanvas, writeCanvas } from "./store.ts";

export function createCanvas(studio: Studio): CanvasRoom {
  async function read(q: Querier, projectId: string): Promise<Canvas> {
    return await readCanvas(q, projectId) ?? gone();
  }

  /** One change of a canvas: locked, checked, written, queued for Git; then said to whoever looks. */
  async function change(
    project: ProjectRow,
    options: { version?: number; by: string },
    next: (graph: Graph) => Graph,
  ): Promise<Canvas> {
    const { canvas, changed } = await studio.db.sql.begin(async (tx) => {
      const now = await lockCanvas(tx, project.id) ?? gone();
      if (options.version !== undefined && options.version !== now.version) {
        throw new ProblemError(
          "conflict",
          `The canvas is at version ${now.version} now, and this change was made on version ${options.version}. ` +
            "Read it again and make the change on top of that.",
        );
      }
      const graph = next(now.graph);
      if (isDeepStrictEqual(graph, now.graph)) return { canvas: now, changed: false };
      const version = await writeCanvas(tx, project.id, graph, options.by);
      await enqueue(tx, {
        tenant_id: project.tenant_id,
        project_id: project.id,
        kind: "manifest",
        subject: null,
        author: options.by,
      });
      return { canvas: { version, graph }, changed: true };
    }) as { canvas: Canvas; changed: boolean };
    if (changed) {
      studio.events.publish(project.tenant_id, project.id, {
        type: "canvas",
        version: canvas.version,
        by: options.by,
      });
      studio.git.wake(project.id);
    }
    return canvas;
  }

  async function manifest(q: Querier, project: ProjectRow): Promise<Manifest> {
    const { graph } = await read(q, project.id);
    const makers = graph.nodes.filter(isGenerating);
    const active = await studio.takes.active(q, project.id, makers.map((node) => node.id));
    return {
      schema: 1,
      uuid: project.id,
      title: project.title,
      created: project.created_at.toISOString(),
      description: project.description,
      quality: project.quality,
      fps: project.fps,
      width: project.width,
      height: project.height,
      canvas: graph,
      shots: Object.fromEntries(makers.map((node) => {
        const take = active.get(node.id);
        return [node.shot, { node: node.id, ...(take ? { active: take.name } : {}) }];
      })),
    };
  }

  return {
    create: insertCanvas,
    read,
    put: (project, graph, options) =>
      change(project, options, () => {
        const faults = graphFaults(graph);
        if (faults.length) {
          throw new ProblemError("unprocessable", `The canvas was not changed: ${faults[0]}`, {
            errors: faults.slice(0, 100).map((message) => ({ path: "graph", message })),
          });
        }
        return graph;
      }),
    patch: (project, operations, options) =>
      change(project, options, (graph) => {
        const applied = applyOperations(graph, operations);
        if (!applied.ok) {
          throw new ProblemError("unprocessable", `The canvas was not changed: ${applied.message}`, {
            errors: [{ path: `operations.${applied.index}`, message: applied.message }],
          });
        }
        return applied.graph;
      }),
    manifest,
    outbox: {
      async changes(q, row) {
        const project = await studio.projects.byId(q, row.project_id);
        if (!project) return null;
        const content = writeManifest(await manifest(q, project));
        return { message: "Update project.json", changes: [{ path: "project.json", content }] };
      },
      committed: () => Promise.resolve(),
    },
  };
}

function gone(): never {
  throw new ProblemError("not_found", "There is no canvas of this project.");
}

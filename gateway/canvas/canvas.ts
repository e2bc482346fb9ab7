import type { Canvas } from "../../shared/api/project.ts";
import { isGenerating } from "../../shared/canvas/graph.ts";
import { writeGraph } from "../../shared/canvas/live/document.ts";
import { applyOperations, graphFaults } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { type Manifest, writeManifest } from "../../shared/project/manifest.ts";
import type { Querier } from "../db/mod.ts";
import { type ProjectRow, shapeOf } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { CanvasRoom } from "./mod.ts";
import { createPeople } from "./live/people.ts";
import { createRooms } from "./live/rooms.ts";
import { insertCanvas, readCanvas } from "./store.ts";

export function createCanvas(studio: Studio): CanvasRoom {
  const rooms = createRooms(studio);
  const people = createPeople(studio);

  async function read(q: Querier, projectId: string): Promise<Canvas> {
    return await readCanvas(q, projectId) ?? gone();
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
      ...shapeOf(project),
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
      rooms.change(project, {
        ...options,
        make(doc, before) {
          const faults = graphFaults(graph);
          if (faults.length) {
            throw new ProblemError("unprocessable", `The canvas was not changed: ${faults[0]}`, {
              errors: faults.slice(0, 100).map((message) => ({ path: "graph", message })),
            });
          }
          writeGraph(doc, before, graph, "http");
        },
      }),
    patch: (project, operations, options) =>
      rooms.change(project, {
        ...options,
        make(doc, before) {
          const applied = applyOperations(before, operations);
          if (!applied.ok) {
            throw new ProblemError("unprocessable", `The canvas was not changed: ${applied.message}`, {
              errors: [{ path: `operations.${applied.index}`, message: applied.message }],
            });
          }
          writeGraph(doc, before, applied.graph, "http");
        },
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
    live: { rooms, people },
    [Symbol.asyncDispose]: () => people[Symbol.asyncDispose](),
  };
}

function gone(): never {
  throw new ProblemError("not_found", "There is no canvas of this project.");
}

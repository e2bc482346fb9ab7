import type { Canvas } from "../../shared/api/project.ts";
import { isGenerating } from "../../shared/canvas/graph.ts";
import { writeGraph } from "../../shared/canvas/live/document.ts";
import { applyOperations, graphFaults } from "../../shared/canvas/operations.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { type Manifest, writeManifest } from "../../shared/project/manifest.ts";
import type { Querier } from "../db/mod.ts";
import { type ProjectRow, shapeOf } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { CanvasRoom } from "./mod.ts";
import { createPeople } from "./live/people.ts";
import { createRooms } from "./live/rooms.ts";
import { namedFiles } from "./named_files.ts";
import { insertCanvas, readCanvas } from "./store.ts";

export function createCanvas(studio: Studio): CanvasRoom {
  const rooms = createRooms(studio);
  const people = createPeople(studio);

  async function read(q: Querier, projectId: string, branch: string = MAIN): Promise<Canvas> {
    return await readCanvas(q, { id: projectId, branch }) ?? gone();
  }

  async function manifest(q: Querier, project: ProjectRow): Promise<Manifest> {
    const { graph } = await read(q, project.id, project.branch);
    const makers = graph.nodes.filter(isGenerating);
    const active = await studio.takes.active(q, project.id, makers.map((node) => node.id), project.branch);
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
        const found = await studio.projects.byId(q, row.project_id);
        if (!found) return null;
        const project = row.branch === MAIN ? found : await studio.branches.known(q, found, row.branch);
        const now = await manifest(q, project);
        const named = await namedFiles(studio, q, project, now);
        const changes = [{ path: "project.json", content: writeManifest(now) }, ...named];
        return { message: "Update project.json", changes };
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

import type { Canvas } from "../../shared/api/project.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import type { Querier } from "../db/mod.ts";
import type { OutboxWriter } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { People } from "./live/people.ts";
import type { Rooms } from "./live/rooms.ts";
import type { CanvasKey } from "./store.ts";
export type { CanvasKey };

export interface CanvasRoom extends AsyncDisposable {
  /** @param graph by default an empty one */
  create(q: Querier, project: CanvasKey & { tenant_id: string }, graph?: Graph): Promise<void>;
  /** @param branch by default main */
  read(q: Querier, projectId: string, branch?: string): Promise<Canvas>;
  /** Whole graph; writes only what differs. `version` given: 409 when it has moved on. Publishes `canvas`, and queues the manifest for Git. */
  put(
    project: ProjectRow,
    graph: Graph,
    /** With `userId`, what others have locked is not taken out of a node: ProblemError locked. */
    options: { version?: number; by: string; userId?: string },
  ): Promise<Canvas>;
  patch(
    project: ProjectRow,
    operations: Operation[],
    options: { version?: number; by: string; userId?: string },
  ): Promise<Canvas>;
  /** project.json as it should be now: project, canvas, shots and their active takes. */
  manifest(q: Querier, project: ProjectRow): Promise<Manifest>;
  /** Commits project.json. */
  outbox: OutboxWriter;
  /** The live documents, as sockets need them. */
  live: { rooms: Rooms; people: People };
}

export { createCanvas } from "./canvas.ts";
export { canvasRoutes } from "./routes.ts";

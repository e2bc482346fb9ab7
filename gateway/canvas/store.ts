import type { Canvas } from "../../shared/api/project.ts";
import { EMPTY_GRAPH, type Graph } from "../../shared/canvas/graph.ts";
import type { Querier, Tx } from "../db/mod.ts";

export async function insertCanvas(q: Querier, project: { id: string; tenant_id: string }): Promise<void> {
  await q`
    insert into canvases (project_id, tenant_id, graph)
    values (${project.id}, ${project.tenant_id}, ${q.json(EMPTY_GRAPH as never)})`;
}

export async function readCanvas(q: Querier, projectId: string): Promise<Canvas | null> {
  const [row] = await q<Canvas[]>`select version, graph from canvases where project_id = ${projectId}`;
  return row ?? null;
}

/** Reads the canvas and keeps others from changing it until the transaction ends. */
export async function lockCanvas(tx: Tx, projectId: string): Promise<Canvas | null> {
  const [row] = await tx<Canvas[]>`
    select version, graph from canvases where project_id = ${projectId} for update`;
  return row ?? null;
}

export async function writeCanvas(tx: Tx, projectId: string, graph: Graph, by: string): Promise<number> {
  const [row] = await tx<{ version: number }[]>`
    update canvases set graph = ${
    tx.json(graph as never)
  }, version = version + 1, updated_by = ${by}, updated_at = now()
    where project_id = ${projectId} returning version`;
  return row!.version;
}

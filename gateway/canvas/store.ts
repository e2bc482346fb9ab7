import type { Canvas } from "../../shared/api/project.ts";
import { EMPTY_GRAPH, type Graph } from "../../shared/canvas/graph.ts";
import type { Querier, Tx } from "../db/mod.ts";

/** One change of a document as Yjs wrote it; it made the canvas this version. */
export interface StoredUpdate {
  version: number;
  data: Uint8Array;
}
/** A whole document as Yjs wrote it, with everything up to this version. */
export interface StoredState {
  version: number;
  state: Uint8Array;
}

/** A canvas: of a project, of one of its branches. */
export interface CanvasKey {
  id: string;
  branch: string;
}

export async function insertCanvas(
  q: Querier,
  project: CanvasKey & { tenant_id: string },
  graph: Graph = EMPTY_GRAPH,
): Promise<void> {
  await q`
    insert into canvases (project_id, branch, tenant_id, graph)
    values (${project.id}, ${project.branch}, ${project.tenant_id}, ${q.json(graph as never)})`;
}

export async function readCanvas(q: Querier, { id, branch }: CanvasKey): Promise<Canvas | null> {
  const [row] = await q<Canvas[]>`
    select version, graph from canvases where project_id = ${id} and branch = ${branch}`;
  return row ?? null;
}

/** The version; others are kept from changing the canvas until the transaction ends. */
export async function lockCanvas(tx: Tx, { id, branch }: CanvasKey): Promise<number | null> {
  const [row] = await tx<{ version: number }[]>`
    select version from canvases where project_id = ${id} and branch = ${branch} for update`;
  return row?.version ?? null;
}

export async function readSnapshot(tx: Tx, { id, branch }: CanvasKey): Promise<StoredState | null> {
  const [row] = await tx<StoredState[]>`
    select version, state from canvas_snapshots where project_id = ${id} and branch = ${branch}`;
  return row ?? null;
}

export async function readUpdates(
  tx: Tx,
  { id, branch }: CanvasKey,
  after: number,
): Promise<StoredUpdate[]> {
  return await tx<StoredUpdate[]>`
    select version, data from canvas_updates
    where project_id = ${id} and branch = ${branch} and version > ${after} order by version`;
}

/** Appends the update as the next version and keeps what the document says now, for whoever reads it as a graph. */
export async function appendUpdate(
  tx: Tx,
  { id, branch }: CanvasKey,
  { data, graph, by }: { data: Uint8Array; graph: Graph; by: string },
): Promise<number> {
  const [row] = await tx<{ version: number }[]>`
    update canvases set graph = ${
    tx.json(graph as never)
  }, version = version + 1, updated_by = ${by}, updated_at = now()
    where project_id = ${id} and branch = ${branch} returning version`;
  const { version } = row!;
  await tx`
    insert into canvas_updates (project_id, branch, version, data, changed_by)
    values (${id}, ${branch}, ${version}, ${data}, ${by})`;
  return version;
}

/** The whole document in place of the updates that made it. */
export async function writeSnapshot(
  tx: Tx,
  { id, branch }: CanvasKey,
  { version, state }: StoredState,
): Promise<void> {
  await tx`
    insert into canvas_snapshots (project_id, branch, version, state)
    values (${id}, ${branch}, ${version}, ${state})
    on conflict (project_id, branch) do update set version = excluded.version, state = excluded.state`;
  await tx`
    delete from canvas_updates where project_id = ${id} and branch = ${branch} and version <= ${version}`;
}

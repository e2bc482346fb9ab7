import * as Y from "yjs";
import { EMPTY_GRAPH } from "../../../shared/canvas/graph.ts";
import { writeGraph } from "../../../shared/canvas/live/document.ts";
import { openView, type View } from "../../../shared/canvas/live/view.ts";
import type { Tx } from "../../db/mod.ts";
import { type CanvasKey, readCanvas, readSnapshot, readUpdates, writeSnapshot } from "../store.ts";

/** A canvas's document as it is stored at a version. */
export interface Live {
  doc: Y.Doc;
  view: View;
  version: number;
  /** Version of the stored snapshot. */
  snapshot: number;
}

/** Reads the document; the canvas is locked. One that was only a graph so far becomes a document now. */
export async function load(tx: Tx, canvas: CanvasKey, version: number): Promise<Live> {
  const doc = new Y.Doc();
  const view = openView(doc);
  const stored = await readSnapshot(tx, canvas);
  if (!stored) {
    const found = await readCanvas(tx, canvas);
    writeGraph(doc, EMPTY_GRAPH, found!.graph, "load");
    const live = { doc, view, version, snapshot: version };
    await compact(tx, canvas, live);
    return live;
  }
  const updates = await readUpdates(tx, canvas, stored.version);
  doc.transact(() => {
    Y.applyUpdate(doc, stored.state);
    for (const { data } of updates) Y.applyUpdate(doc, data);
  }, "load");
  return { doc, view, version, snapshot: stored.version };
}

/**
 * Adds what was stored since; the canvas is locked and at `version`. Null when that cannot be had one by one any more, as a
 * snapshot has taken its place.
 */
export async function follow(
  tx: Tx,
  canvas: CanvasKey,
  live: Live,
  version: number,
  heard: (data: Uint8Array, version: number) => void,
): Promise<Live | null> {
  if (live.version === version) return live;
  const updates = await readUpdates(tx, canvas, live.version);
  if (updates.length !== version - live.version) return null;
  for (const { data, version } of updates) {
    Y.applyUpdate(live.doc, data, "load");
    live.version = version;
    heard(data, version);
  }
  return live;
}

/** Stores the document as a whole. Merged updates would keep what was deleted; a document does not. */
export async function compact(tx: Tx, canvas: CanvasKey, live: Live): Promise<void> {
  await writeSnapshot(tx, canvas, { version: live.version, state: Y.encodeStateAsUpdate(live.doc) });
  live.snapshot = live.version;
}

import * as Y from "yjs";
import type { CanvasNode, Edge, Graph } from "../graph.ts";
import { same } from "./same.ts";

/**
 * The canvas as a Yjs document: `nodes` maps an id to a map of the node's fields, each field one value that changes as a whole
 * (a position is one value: x and y never come from two people); `edges` maps an id to the wire, which never changes.
 */
export const nodesOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("nodes");
export const edgesOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("edges");

/** The only roots there are; an update that brings others is refused. */
export const ROOTS: readonly string[] = ["nodes", "edges"];

/**
 * Makes the document say `after` where it said `before`: one transaction, and nothing written that stays as it is, so that what
 * others change meanwhile elsewhere stays theirs.
 */
export function writeGraph(doc: Y.Doc, before: Graph, after: Graph, origin: unknown): void {
  doc.transact(() => {
    writeNodes(nodesOf(doc), byId(before.nodes), byId(after.nodes));
    writeEdges(edgesOf(doc), byId(before.edges), byId(after.edges));
  }, origin);
}

function writeNodes(
  nodes: Y.Map<unknown>,
  before: Map<string, CanvasNode>,
  after: Map<string, CanvasNode>,
): void {
  for (const id of before.keys()) if (!after.has(id)) nodes.delete(id);
  for (const [id, node] of after) {
    const was = before.get(id);
    if (was === node) continue;
    const map = nodes.get(id);
    if (was && was.type === node.type && map instanceof Y.Map) writeFields(map, was, node);
    else nodes.set(id, new Y.Map(fieldsOf(node)));
  }
}

function writeFields(map: Y.Map<unknown>, was: CanvasNode, node: CanvasNode): void {
  const old = new Map(fieldsOf(was)), now = new Map(fieldsOf(node));
  for (const key of old.keys()) if (!now.has(key)) map.delete(key);
  for (const [key, value] of now) if (!same(old.get(key), value)) map.set(key, value);
}

function writeEdges(edges: Y.Map<unknown>, before: Map<string, Edge>, after: Map<string, Edge>): void {
  for (const id of before.keys()) if (!after.has(id)) edges.delete(id);
  for (const [id, edge] of after) {
    const was = before.get(id);
    if (same(was, edge)) continue;
    const { id: _, ...wire } = edge;
    edges.set(id, wire);
  }
}

/** Without the id, which is the key, and without what is not there. */
function fieldsOf(node: CanvasNode): [string, unknown][] {
  return Object.entries(node).filter(([key, value]) => key !== "id" && value !== undefined);
}

function byId<T extends { id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}

import * as Y from "yjs";
import type { CanvasNode, Edge, Graph } from "../graph.ts";
import { same } from "./same.ts";

/**
 * The canvas as a Yjs document: `nodes` maps an id to a map of the node's fields, each field one value that changes as a whole
 * (a position is one value: x and y never come from two people) but for {@link PARTED}; `edges` maps an id to the wire, which
 * never changes.
 */
export const nodesOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("nodes");
export const edgesOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("edges");

/** Fields that are maps of their own: two people can set two parameters of one node, promote two fields to one group. */
export const PARTED: readonly string[] = ["params", "promoted"];

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
    else nodes.set(id, stored(node));
  }
}

function writeFields(map: Y.Map<unknown>, was: object, now: object, storedField = asStored): void {
  const old = new Map(fieldsOf(was)), next = new Map(fieldsOf(now));
  for (const key of old.keys()) if (!next.has(key)) map.delete(key);
  for (const [key, value] of next) {
    const before = old.get(key), part = map.get(key);
    if (same(before, value)) continue;
    // What lies in a part is never a part itself, whatever it is called.
    if (part instanceof Y.Map) {
      writeFields(part, (before ?? {}) as object, value as object, (_, each) => each);
    } else map.set(key, storedField(key, value));
  }
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

function stored({ id: _, ...node }: CanvasNode): Y.Map<unknown> {
  return new Y.Map(fieldsOf(node).map(([key, value]) => [key, asStored(key, value)]));
}

function asStored(key: string, value: unknown): unknown {
  return PARTED.includes(key) ? new Y.Map(fieldsOf(value as object)) : value;
}

/** What is there. */
function fieldsOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined);
}

function byId<T extends { id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((each) => [each.id, each]));
}

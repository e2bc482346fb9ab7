import type { CanvasNode, Edge, Graph } from "../../../shared/canvas/graph.ts";
import { PARTED } from "../../../shared/canvas/live/document.ts";
import { same } from "../../../shared/canvas/live/same.ts";

/** What a gesture changed: nodes and wires as they were before and after it; null where there was none. */
export interface Change {
  nodes: ReadonlyMap<string, Pair<CanvasNode>>;
  edges: ReadonlyMap<string, Pair<Edge>>;
}
interface Pair<T> {
  before: T | null;
  after: T | null;
}
export const NO_CHANGE: Change = { nodes: new Map(), edges: new Map() };
type Fields = Record<string, unknown>;

export function changeBetween(before: Graph, after: Graph): Change {
  return { nodes: pairs(before.nodes, after.nodes), edges: pairs(before.edges, after.edges) };
}

function pairs<T extends { id: string }>(before: readonly T[], after: readonly T[]): Map<string, Pair<T>> {
  const differ = new Map<string, Pair<T>>();
  const old = new Map(before.map((each) => [each.id, each]));
  for (const each of after) {
    const was = old.get(each.id) ?? null;
    old.delete(each.id);
    if (was !== each) differ.set(each.id, { before: was, after: each });
  }
  for (const [id, gone] of old) differ.set(id, { before: gone, after: null });
  return differ;
}

/**
 * The graph with a change taken back. Only what the change made and nobody has changed since goes back to what it was: a field that
 * somebody else has set meanwhile stays theirs. Wires go with their node, nodes of a group that goes lie where it lay. The same
 * graph when nothing of the change is left.
 */
export function takenBack(change: Change, now: Graph): Graph {
  const nodes = new Map(now.nodes.map((node) => [node.id, node]));
  const edges = new Map(now.edges.map((edge) => [edge.id, edge]));
  let touched = false;
  for (const [id, { before, after }] of change.nodes) {
    const node = nodes.get(id);
    if (!before) touched = nodes.delete(id) || touched;
    else if (!after || !node) {
      if (after || node) continue;
      nodes.set(id, before);
      touched = true;
    } else {
      const back = fieldsBack(
        before as unknown as Fields,
        after as unknown as Fields,
        node as unknown as Fields,
      );
      if (back === node as unknown) continue;
      nodes.set(id, back as unknown as CanvasNode);
      touched = true;
    }
  }
  for (const [id, { before, after }] of change.edges) {
    if (after && edges.has(id)) touched = edges.delete(id) || touched;
    if (before && !edges.has(id)) {
      edges.set(id, before);
      touched = true;
    }
  }
  if (!touched) return now;
  const was = new Map(now.nodes.map((node) => [node.id, node]));
  return {
    nodes: [...nodes.values()].map((node) => housed(node, nodes, was)),
    edges: [...edges.values()].filter((edge) => nodes.has(edge.source) && nodes.has(edge.target)),
  };
}

/** The fields of `now` that still are as `after` made them, as they were `before`; those with parts part by part. */
function fieldsBack(before: Fields, after: Fields, now: Fields, inPart = false): Fields {
  let back = now;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (same(before[key], after[key])) continue;
    let value = before[key];
    if (!inPart && PARTED.includes(key)) {
      const parts = (of: Fields) => (of[key] ?? {}) as Fields;
      value = fieldsBack(parts(before), parts(after), parts(now), true);
      if (before[key] === undefined && Object.keys(value as object).length === 0) value = undefined;
      if (same(value, now[key])) continue;
    } else if (!same(now[key], after[key])) continue;
    back = { ...back };
    if (value === undefined) delete back[key];
    else back[key] = value;
  }
  return back;
}

/** The node in the next group around it that is there. */
function housed(
  node: CanvasNode,
  nodes: ReadonlyMap<string, CanvasNode>,
  was: ReadonlyMap<string, CanvasNode>,
): CanvasNode {
  if (node.parent === undefined || nodes.has(node.parent)) return node;
  const { parent, ...free } = node;
  const seen = new Set<string>();
  let up: string | undefined = parent;
  while (up !== undefined && !nodes.has(up) && !seen.has(up)) {
    seen.add(up);
    up = was.get(up)?.parent;
  }
  return (up !== undefined && nodes.has(up) ? { ...free, parent: up } : free) as CanvasNode;
}

import { isDeepStrictEqual } from "node:util";
import type { CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import { PARTED } from "../../shared/canvas/live/document.ts";
import { applyOperations, type Operation } from "../../shared/canvas/operations.ts";

/** Something that a push changed and the canvas did not take, as a sentence about a node. */
export interface Left {
  sentence: string;
  node_id: string | null;
}

export interface Merge {
  /** What brings the push's changes onto the live canvas, in an order in which they apply. */
  operations: Operation[];
  left: Left[];
}

type Fields = Record<string, unknown>;

/**
 * Three-way by meaning: what changed from `before` to `after` (a push) on top of what the canvas is now. Where both changed
 * the same field, the canvas keeps its own: somebody may be typing there, and the push is in history anyway.
 */
export function mergeGraphs(before: Graph, after: Graph, live: Graph): Merge {
  const left: Left[] = [];
  const wanted = [
    ...removals(before, after, live, left),
    ...additions(before, after, live, left).filter(({ node }) => node.type === "group"),
    ...updates(before, after, live, left),
    ...additions(before, after, live, []).filter(({ node }) => node.type !== "group"),
    ...newEdges(before, after, live, left),
  ];
  return { operations: whatApplies(live, wanted, after, left), left };
}

/** Wires first: a node takes those that are left with it. */
function removals(before: Graph, after: Graph, live: Graph, left: Left[]): Operation[] {
  const keptEdges = new Set(after.edges.map((edge) => edge.id));
  const keptNodes = new Set(after.nodes.map((node) => node.id));
  const was = byId(before.nodes);
  const edges: Operation[] = [];
  const stays = new Set<string>();
  const hadEdges = byId(before.edges);
  // Wired to something or filled here since: as good as changed.
  const used = new Set([
    ...live.edges.filter((edge) => !hadEdges.has(edge.id)).flatMap((edge) => [edge.source, edge.target]),
    ...live.nodes.filter((node) => node.parent !== was.get(node.id)?.parent).map((node) => node.parent),
  ]);
  const nodes: Operation[] = [];
  for (const node of live.nodes) {
    const base = was.get(node.id);
    if (!base || keptNodes.has(node.id)) continue;
    if (isDeepStrictEqual(base, node) && !used.has(node.id)) nodes.push({ op: "remove_node", id: node.id });
    else {
      stays.add(node.id);
      left.push({ sentence: `"${node.title}" stays: it was changed here since.`, node_id: node.id });
    }
  }
  const gone = new Set(before.edges.map((edge) => edge.id).filter((id) => !keptEdges.has(id)));
  for (const edge of live.edges) {
    if (gone.has(edge.id) && !stays.has(edge.source) && !stays.has(edge.target)) {
      edges.push({ op: "remove_edge", id: edge.id });
    }
  }
  return [...edges, ...nodes];
}

function additions(before: Graph, after: Graph, live: Graph, left: Left[]) {
  const was = byId(before.nodes);
  const here = byId(live.nodes);
  const added: { op: "add_node"; node: CanvasNode }[] = [];
  for (const node of outerFirst(after.nodes)) {
    if (was.has(node.id)) continue;
    const same = here.get(node.id);
    if (!same) added.push({ op: "add_node", node });
    else if (!isDeepStrictEqual(same, node)) {
      left.push({ sentence: `"${node.title}" is here already and differs.`, node_id: node.id });
    }
  }
  return added;
}

function updates(before: Graph, after: Graph, live: Graph, left: Left[]): Operation[] {
  const was = byId(before.nodes);
  const here = byId(live.nodes);
  const made: Operation[] = [];
  for (const node of after.nodes) {
    const base = was.get(node.id);
    if (!base || isDeepStrictEqual(base, node)) continue;
    const now = here.get(node.id);
    if (!now) {
      left.push({ sentence: `"${node.title}" was changed in the push and removed here.`, node_id: null });
      continue;
    }
    if (base.type !== node.type || now.type !== node.type) {
      left.push({ sentence: `"${now.title}" cannot become another kind of node.`, node_id: node.id });
      continue;
    }
    const { set, kept } = mergeFields(base, node, now);
    if (Object.keys(set).length) made.push({ op: "update_node", id: node.id, set });
    if (kept.length) {
      const sentence = `"${now.title}" keeps its own ${kept.join(", ")}: changed in the push and here.`;
      left.push({ sentence, node_id: node.id });
    }
  }
  return made;
}

/** Fields that the push changed and the canvas did not; `kept` are those that both changed, each to something else. */
function mergeFields(base: Fields, wanted: Fields, now: Fields): { set: Fields; kept: string[] } {
  const set: Fields = {};
  const kept: string[] = [];
  for (const key of new Set([...Object.keys(base), ...Object.keys(wanted)])) {
    if (isDeepStrictEqual(base[key], wanted[key]) || isDeepStrictEqual(now[key], wanted[key])) continue;
    if (isDeepStrictEqual(base[key], now[key])) set[key] = wanted[key] ?? null;
    else if (PARTED.includes(key)) {
      const parts = (of: Fields) => (of[key] ?? {}) as Fields;
      const params = mergeFields(parts(base), parts(wanted), parts(now));
      kept.push(...params.kept);
      const merged: Fields = { ...parts(now), ...params.set };
      set[key] = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
    } else kept.push(key);
  }
  return { set, kept };
}

function newEdges(before: Graph, after: Graph, live: Graph, left: Left[]): Operation[] {
  const was = byId(before.edges);
  const here = byId(live.edges);
  return after.edges.flatMap((edge): Operation[] => {
    const base = was.get(edge.id);
    const now = here.get(edge.id);
    if (isDeepStrictEqual(base, edge) || isDeepStrictEqual(now, edge)) return [];
    if (!now) return [{ op: "add_edge", edge }];
    if (isDeepStrictEqual(base, now)) {
      // A wire that was laid elsewhere: the old one goes first.
      return [{ op: "remove_edge", id: edge.id }, { op: "add_edge", edge }];
    }
    left.push({ sentence: `The wire ${edge.id} leads elsewhere here; it stays.`, node_id: now.target });
    return [];
  });
}

/**
 * Those that the live canvas takes, in an order in which it does: a name may be free only once another step gave it up, so
 * refused steps are tried again as long as that helps. What is refused for good leaves a sentence.
 */
function whatApplies(live: Graph, wanted: Operation[], after: Graph, left: Left[]): Operation[] {
  const taken: Operation[] = [];
  let graph = live;
  let waiting = wanted;
  for (;;) {
    const pass = takeWhatFits(graph, waiting);
    taken.push(...pass.operations);
    graph = pass.graph;
    waiting = pass.refused.flatMap((each) => each.operations);
    if (pass.refused.length > 0 && pass.operations.length > 0) continue;
    for (const { message, operations } of pass.refused) {
      left.push({ sentence: message, node_id: nodeOf(operations.at(-1)!, after) });
    }
    return taken;
  }
}

/** One go through the steps. */
function takeWhatFits(graph: Graph, wanted: Operation[]) {
  const refused: { message: string; operations: Operation[] }[] = [];
  let operations = wanted;
  for (;;) {
    const applied = applyOperations(graph, operations);
    if (applied.ok) return { operations, refused, graph: applied.graph };
    const step = operations[applied.index]!;
    const before = operations[applied.index - 1];
    // A wire that cannot be laid elsewhere stays where it is.
    const pair = step.op === "add_edge" && before?.op === "remove_edge" && before.id === step.edge.id;
    const from = pair ? applied.index - 1 : applied.index;
    // What is gone with its node already need not be removed.
    if (step.op !== "remove_edge") {
      refused.push({ message: applied.message, operations: operations.slice(from, applied.index + 1) });
    }
    operations = operations.toSpliced(from, pair ? 2 : 1);
  }
}

function nodeOf(operation: Operation, after: Graph): string | null {
  if (operation.op === "add_edge") return operation.edge.target;
  if (operation.op === "add_node") return null;
  return after.nodes.some((node) => node.id === operation.id) ? operation.id : null;
}

/** A group before what lies in it. */
function outerFirst(nodes: CanvasNode[]): CanvasNode[] {
  const all = byId(nodes);
  const depth = (node: CanvasNode): number => {
    let levels = 0;
    // A graph without faults has no circles; its length bounds one that has.
    for (let up = node.parent; up !== undefined && levels <= nodes.length; up = all.get(up)?.parent) levels++;
    return levels;
  };
  return nodes.map((node) => ({ node, depth: depth(node) })).sort((a, b) => a.depth - b.depth)
    .map(({ node }) => node);
}

function byId<T extends { id: string }>(all: T[]): Map<string, T> {
  return new Map(all.map((each) => [each.id, each]));
}

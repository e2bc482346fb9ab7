import type { CanvasNode, Edge, Graph } from "./graph.ts";

/**
 * A graph that is being changed, indexed as the rules ask: a step costs what it touches, not what there is. Nodes and edges
 * keep the order in which they came.
 */
export interface Draft {
  readonly nodes: ReadonlyMap<string, CanvasNode>;
  readonly edges: ReadonlyMap<string, Edge>;
  /** Wires that begin at a node, that end at it. */
  outOf(id: string): Iterable<Edge>;
  into(id: string): Iterable<Edge>;
  /** Nodes of a shot's name: one, but while a faulty graph is looked at. */
  called(shot: string): Iterable<CanvasNode>;
  children(group: string): Iterable<CanvasNode>;
  /** Adds it, or puts it in the place of the node with its id. */
  setNode(node: CanvasNode): void;
  /** With its wires. */
  removeNode(id: string): void;
  addEdge(edge: Edge): void;
  removeEdge(id: string): void;
  graph(): Graph;
}

export function createDraft(graph: Graph): Draft {
  const nodes = new Map<string, CanvasNode>();
  const edges = new Map<string, Edge>();
  const outOf = createIndex<Edge>();
  const into = createIndex<Edge>();
  const called = createIndex<CanvasNode>();
  const children = createIndex<CanvasNode>();

  function forget(node: CanvasNode): void {
    if ("shot" in node) called.remove(node.shot, node);
    if (node.parent !== undefined) children.remove(node.parent, node);
  }

  function removeEdge(id: string): void {
    const edge = edges.get(id);
    if (!edge) return;
    edges.delete(id);
    outOf.remove(edge.source, edge);
    into.remove(edge.target, edge);
  }

  const draft: Draft = {
    nodes,
    edges,
    outOf: outOf.at,
    into: into.at,
    called: called.at,
    children: children.at,
    setNode(node) {
      const before = nodes.get(node.id);
      if (before) forget(before);
      nodes.set(node.id, node);
      if ("shot" in node) called.add(node.shot, node);
      if (node.parent !== undefined) children.add(node.parent, node);
    },
    removeNode(id) {
      const node = nodes.get(id);
      if (!node) return;
      forget(node);
      nodes.delete(id);
      for (const edge of [...outOf.at(id), ...into.at(id)]) removeEdge(edge.id);
    },
    addEdge(edge) {
      edges.set(edge.id, edge);
      outOf.add(edge.source, edge);
      into.add(edge.target, edge);
    },
    removeEdge,
    graph: () => ({ nodes: [...nodes.values()], edges: [...edges.values()] }),
  };
  for (const node of graph.nodes) draft.setNode(node);
  for (const edge of graph.edges) draft.addEdge(edge);
  return draft;
}

function createIndex<T>() {
  const sets = new Map<string, Set<T>>();
  return {
    at: (key: string): Iterable<T> => sets.get(key) ?? [],
    add(key: string, value: T): void {
      const set = sets.get(key);
      if (set) set.add(value);
      else sets.set(key, new Set([value]));
    },
    remove(key: string, value: T): void {
      sets.get(key)?.delete(value);
    },
  };
}

import * as Y from "yjs";
import { CanvasNode, Edge, type Graph } from "../graph.ts";
import { graphFaults } from "../operations.ts";
import { edgesOf, nodesOf, PARTED, ROOTS } from "./document.ts";

/** As in the schema of a graph. */
const MOST_NODES = 5000;
const MOST_EDGES = 20_000;

/**
 * A document read as a graph. After a change only what changed is read again: a node that did not keeps its object. What is sorted
 * is sorted by id, so two documents that know the same say it in the same bytes.
 */
export interface View extends Disposable {
  graph(): Graph;
  /** What is wrong with it, as sentences: no graph that has faults is kept. */
  faults(): string[];
}

export function openView(doc: Y.Doc): View {
  const nodes = openList(nodesOf(doc), readNode);
  const edges = openList(edgesOf(doc), readEdge);
  let graph: Graph | null = null;
  const read = (): Graph => {
    const next = { nodes: nodes.sorted(), edges: edges.sorted() };
    if (!graph || graph.nodes !== next.nodes || graph.edges !== next.edges) graph = next;
    return graph;
  };
  return {
    graph: read,
    faults() {
      const odd = [...nodes.faults(), ...edges.faults()];
      for (const name of doc.share.keys()) if (!ROOTS.includes(name)) odd.push(`A canvas has no "${name}".`);
      const { nodes: all, edges: wires } = read();
      if (all.length > MOST_NODES) odd.push(`A canvas holds at most ${MOST_NODES} nodes.`);
      if (wires.length > MOST_EDGES) odd.push(`A canvas holds at most ${MOST_EDGES} wires.`);
      return odd.length ? odd : graphFaults(read());
    },
    [Symbol.dispose]() {
      nodes[Symbol.dispose]();
      edges[Symbol.dispose]();
    },
  };
}

/** What an entry says, or what is wrong with it. */
type Reader<T> = (id: string, value: unknown) => T | string;

function openList<T extends { id: string }>(map: Y.Map<unknown>, read: Reader<T>) {
  const known = new Map<string, T>();
  const wrong = new Map<string, string>();
  let list: T[] | null = null;

  function look(id: string): void {
    list = null;
    known.delete(id);
    wrong.delete(id);
    if (!map.has(id)) return;
    const value = read(id, map.get(id));
    if (typeof value === "string") wrong.set(id, value);
    else known.set(id, value);
  }
  function hear(events: Y.YEvent<Y.AbstractType<unknown>>[]): void {
    for (const event of events) {
      if (event.target !== map) look(String(event.path[0]));
      else for (const id of event.changes.keys.keys()) look(id);
    }
  }
  for (const id of map.keys()) look(id);
  map.observeDeep(hear);
  return {
    sorted: () => list ??= [...known.values()].sort((a, b) => a.id < b.id ? -1 : 1),
    faults: () => [...wrong.values(), ...(map._start ? ["A canvas is no list."] : [])],
    [Symbol.dispose]: () => map.unobserveDeep(hear),
  };
}

function readNode(id: string, value: unknown): CanvasNode | string {
  if (!(value instanceof Y.Map) || value._start) return `"${id}" is no node.`;
  const fields = [...value.entries()].map((
    [key, field],
  ) => [key, PARTED.includes(key) ? whole(field) : field]);
  const parsed = CanvasNode.safeParse(Object.fromEntries([...fields, ["id", id]]));
  if (!parsed.success) return `"${id}" cannot be: ${sentence(parsed.error.issues[0]!)}`;
  return holdsText(parsed.data) ? parsed.data : `"${id}" has a NUL, which no text may have.`;
}

/** The parts of a field in order: two documents may have them in different ones. */
function whole(field: unknown): unknown {
  if (!(field instanceof Y.Map) || field._start) return null;
  return Object.fromEntries([...field.entries()].sort(([a], [b]) => a < b ? -1 : 1));
}

function readEdge(id: string, value: unknown): Edge | string {
  if (typeof value !== "object" || value instanceof Y.AbstractType) return `"${id}" is no wire.`;
  const parsed = Edge.safeParse({ ...value, id });
  return parsed.success ? parsed.data : `"${id}" cannot be: ${sentence(parsed.error.issues[0]!)}`;
}

function sentence(issue: { path: PropertyKey[]; message: string }): string {
  return `${issue.path.length ? `${issue.path.join(".")}: ` : ""}${issue.message}`;
}

/** A NUL is a character to Yjs, and none to PostgreSQL. */
function holdsText(value: unknown): boolean {
  if (typeof value === "string") return !value.includes("\0");
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, each]) => holdsText(key) && holdsText(each));
}

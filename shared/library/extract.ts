import { fileStem } from "../assets/file_name.ts";
import { fileRefsOf, withFiles } from "../canvas/file_refs.ts";
import type { CanvasNode, FileRef, Graph } from "../canvas/graph.ts";
import { withContents } from "../canvas/groups.ts";
import type { ItemFile, ItemKind } from "./item.ts";

export interface Extract {
  kind: ItemKind;
  /** Its outermost node at (0, 0), its nodes named as the item's former versions name them, its files by their names beside item.json. */
  graph: Graph;
  files: Omit<ItemFile, "format">[];
}

/**
 * A node, and all that lies in it when it is a group, as an item holds it. `itemId`: the item that gets another version, whose
 * names for its nodes stay. Null when there is no such node.
 */
export function extract(graph: Graph, nodeId: string, itemId: string | null): Extract | null {
  const root = graph.nodes.find((node) => node.id === nodeId);
  if (!root) return null;
  const ids = withContents(graph, [nodeId]);
  const nodes = graph.nodes.filter((node) => ids.has(node.id));
  const parts = partNames(nodes, itemId);
  const { x: left, y: top } = root.position;
  const bare = nodes.map((node) => {
    const { library: _, ...rest } = node;
    const position = { x: node.position.x - left, y: node.position.y - top };
    const copy = { ...rest, position } as CanvasNode;
    if (node === root) delete copy.parent;
    return copy;
  });
  const edges = graph.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const files = namedFiles(fileRefsOf({ nodes: bare, edges: [] }));
  const renamed = withIds({ nodes: bare, edges }, parts);
  return {
    kind: root.type === "group" ? "template" : root.type === "asset" ? "asset" : "node",
    graph: withFiles(renamed, (file) => ({ ...file, path: files.get(file.oid)!.name })),
    files: [...files.values()],
  };
}

/** What each node was called in the item that it was made from; a second copy, and what is new, by its own id. */
export function partNames(nodes: readonly CanvasNode[], itemId: string | null): Map<string, string> {
  const taken = new Set<string>();
  const parts = new Map<string, string>();
  for (const node of nodes) {
    const part = node.library?.part;
    if (node.library?.item !== itemId || part === undefined || taken.has(part)) continue;
    parts.set(node.id, part);
    taken.add(part);
  }
  for (const node of nodes) {
    if (parts.has(node.id)) continue;
    let name = node.id;
    for (let number = 2; taken.has(name); number++) name = `${node.id.slice(0, 58)}-${number}`;
    parts.set(node.id, name);
    taken.add(name);
  }
  return parts;
}

/**
 * The graph with its nodes named otherwise, also wherever a field of a group speaks of one of them. Text that people write is left
 * alone.
 */
export function withIds(graph: Graph, ids: ReadonlyMap<string, string>): Graph {
  const name = (id: string) => ids.get(id) ?? id;
  // Also `<node>.<field>`; no id has a dot.
  const word = (text: string) => {
    const dot = text.indexOf(".");
    return dot < 0 ? name(text) : name(text.slice(0, dot)) + text.slice(dot);
  };
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return word(value);
    if (Array.isArray(value)) return value.map(deep);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [word(key), deep(each)]));
  };
  return {
    nodes: graph.nodes.map((node) => {
      if (node.type !== "group") {
        return {
          ...node,
          id: name(node.id),
          ...(node.parent === undefined ? {} : { parent: name(node.parent) }),
        };
      }
      const { title, type, library, ...fields } = node;
      const named = deep(fields) as typeof fields;
      return { ...named, title, type, ...(library === undefined ? {} : { library }) };
    }),
    edges: graph.edges.map((edge) => ({ ...edge, source: name(edge.source), target: name(edge.target) })),
  };
}

/** By hash: a name for each file, none twice, whatever its case. */
function namedFiles(refs: readonly FileRef[]): Map<string, Omit<ItemFile, "format">> {
  const files = new Map<string, Omit<ItemFile, "format">>();
  const taken = new Set<string>(["item.json"]);
  for (const { path, oid, size } of refs) {
    if (files.has(oid)) continue;
    const end = /\.[A-Za-z0-9]{1,8}$/.exec(path)?.[0].toLowerCase() ?? "";
    files.set(oid, { name: freeName(fileStem(path) + end, taken), oid, size });
  }
  return files;
}

/** `keeper.png`, `keeper-2.png`, …; the name is taken then. */
export function freeName(wanted: string, taken: Set<string>): string {
  const dot = wanted.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ""];
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${stem}-${number}${end}`;
  taken.add(name.toLowerCase());
  return name;
}

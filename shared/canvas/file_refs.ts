import { type CanvasNode, FileRef, type Graph } from "./graph.ts";

/** Every file that a node holds, in whichever of its fields: pictures, a mask, sound. */
export function filesOfNode(node: CanvasNode): FileRef[] {
  const found: FileRef[] = [];
  // Most nodes hold none: a field that is no object is not looked at.
  mapFiles(node, (file) => {
    found.push(file);
    return file;
  });
  return found;
}

export function fileRefsOf(graph: Graph): FileRef[] {
  return graph.nodes.flatMap(filesOfNode);
}

/** The graph with each of its files put in another place. */
export function withFiles(graph: Graph, change: (file: FileRef) => FileRef): Graph {
  return { edges: graph.edges, nodes: graph.nodes.map((node) => mapFiles(node, change) as CanvasNode) };
}

/** A value of the canvas with something else in the place of each file; what holds none is the same object. */
export function mapFiles(value: unknown, change: (file: FileRef) => unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (isFile(value)) return change(value);
  if (Array.isArray(value)) {
    const mapped = value.map((each) => mapFiles(each, change));
    return mapped.some((each, at) => each !== value[at]) ? mapped : value;
  }
  const entries = Object.entries(value);
  const mapped = entries.map(([key, each]) => [key, mapFiles(each, change)] as const);
  return mapped.some(([, each], at) => each !== entries[at]![1]) ? Object.fromEntries(mapped) : value;
}

function isFile(value: object): value is FileRef {
  return "oid" in value && "path" in value && FileRef.safeParse(value).success;
}

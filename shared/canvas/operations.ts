import { z } from "zod";
import { CanvasNode, Edge, Graph } from "./graph.ts";
import { refusal } from "./ports.ts";

/** One step of a `PATCH …/canvas`. All of a request's steps are taken, or none. */
export const Operation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add_node"), node: CanvasNode }),
  z.strictObject({
    op: z.literal("update_node"),
    id: z.string(),
    /** Fields to set; null removes an optional one. `id` and `type` cannot change. */
    set: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ op: z.literal("remove_node"), id: z.string() }),
  z.strictObject({ op: z.literal("add_edge"), edge: Edge }),
  z.strictObject({ op: z.literal("remove_edge"), id: z.string() }),
]);
export type Operation = z.infer<typeof Operation>;

export type Applied = { ok: true; graph: Graph } | { ok: false; index: number; message: string };

/** Takes the steps in order on a copy; the first that cannot be taken is named and nothing changes. */
export function applyOperations(graph: Graph, operations: readonly Operation[]): Applied {
  let next = graph;
  for (const [index, operation] of operations.entries()) {
    const result = applyOne(next, operation);
    if (typeof result === "string") return { ok: false, index, message: result };
    next = result;
  }
  return { ok: true, graph: next };
}

function applyOne(graph: Graph, operation: Operation): Graph | string {
  switch (operation.op) {
    case "add_node": {
      const wrong = misplaced(graph, operation.node);
      if (wrong) return wrong;
      if (graph.nodes.some((node) => node.id === operation.node.id)) {
        return `There is a node "${operation.node.id}" already.`;
      }
      return { ...graph, nodes: [...graph.nodes, operation.node] };
    }
    case "update_node": {
      const node = graph.nodes.find((node) => node.id === operation.id);
      if (!node) return `There is no node "${operation.id}".`;
      const merged: Record<string, unknown> = { ...node };
      for (const [key, value] of Object.entries(operation.set)) {
        if (value === null) delete merged[key];
        else merged[key] = value;
      }
      if (merged.id !== node.id || merged.type !== node.type) return "A node's id and type cannot change.";
      const parsed = CanvasNode.safeParse(merged);
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!;
        return `${issue.path.join(".") || "node"}: ${issue.message}`;
      }
      const wrong = misplaced(graph, parsed.data);
      if (wrong) return wrong;
      return { ...graph, nodes: graph.nodes.map((each) => each === node ? parsed.data : each) };
    }
    case "remove_node": {
      if (!graph.nodes.some((node) => node.id === operation.id)) return `There is no node "${operation.id}".`;
      return {
        nodes: graph.nodes.filter((node) => node.id !== operation.id).map((node) => {
          if (node.parent !== operation.id) return node;
          const { parent: _, ...free } = node;
          return free as typeof node;
        }),
        edges: graph.edges.filter((edge) => edge.source !== operation.id && edge.target !== operation.id),
      };
    }
    case "add_edge": {
      if (graph.edges.some((edge) => edge.id === operation.edge.id)) {
        return `There is an edge "${operation.edge.id}" already.`;
      }
      return refusal(graph, operation.edge) ?? { ...graph, edges: [...graph.edges, operation.edge] };
    }
    case "remove_edge": {
      if (!graph.edges.some((edge) => edge.id === operation.id)) return `There is no edge "${operation.id}".`;
      return { ...graph, edges: graph.edges.filter((edge) => edge.id !== operation.id) };
    }
  }
}

function misplaced(graph: Graph, node: CanvasNode): string | null {
  if ("shot" in node) {
    const twin = graph.nodes.find((other) =>
      other.id !== node.id && "shot" in other && other.shot === node.shot
    );
    if (twin) return `"${twin.title}" is called ${node.shot} already; every shot needs a name of its own.`;
  }
  if (node.parent !== undefined) {
    const group = graph.nodes.find((other) => other.id === node.parent);
    if (group?.type !== "group") return `There is no group "${node.parent}" to put "${node.title}" in.`;
    for (
      let up: string | undefined = node.parent;
      up;
      up = graph.nodes.find((other) => other.id === up)?.parent
    ) {
      if (up === node.id) return "A group cannot lie in itself.";
    }
  }
  return null;
}

/** What is wrong with a whole graph, as sentences: twins, wires that can't be, nodes outside their group. */
export function graphFaults(graph: Graph): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  for (const node of graph.nodes) {
    if (ids.has(node.id)) faults.push(`Two nodes have the id "${node.id}".`);
    ids.add(node.id);
    const wrong = misplaced(graph, node);
    if (wrong) faults.push(wrong);
  }
  const laid: Edge[] = [];
  const edgeIds = new Set<string>();
  for (const edge of graph.edges) {
    if (edgeIds.has(edge.id)) faults.push(`Two edges have the id "${edge.id}".`);
    edgeIds.add(edge.id);
    const wrong = refusal({ nodes: graph.nodes, edges: laid }, edge);
    if (wrong) faults.push(`${edge.id}: ${wrong}`);
    else laid.push(edge);
  }
  return faults;
}

import type { CanvasNode, Edge, Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";

/**
 * The operations that lead from `after` back to `before`, touching only what differs: nodes that went come back before
 * their wires, wires that came go before their nodes.
 */
export function restoring(before: Graph, after: Graph): Operation[] {
  const nodesBefore = new Map(before.nodes.map((node) => [node.id, node]));
  const nodesAfter = new Map(after.nodes.map((node) => [node.id, node]));
  const edgesBefore = new Map(before.edges.map((edge) => [edge.id, edge]));
  const edgesAfter = new Map(after.edges.map((edge) => [edge.id, edge]));
  const operations: Operation[] = [];
  for (const edge of after.edges) {
    // A wire goes with its node by itself.
    if (
      !sameEdge(edgesBefore.get(edge.id), edge) && nodesBefore.has(edge.source) &&
      nodesBefore.has(edge.target)
    ) {
      operations.push({ op: "remove_edge", id: edge.id });
    }
  }
  for (const node of after.nodes) {
    if (!nodesBefore.has(node.id)) operations.push({ op: "remove_node", id: node.id });
  }
  // Groups first: what lies in one needs it.
  for (
    const node of before.nodes.toSorted((a, b) => Number(b.type === "group") - Number(a.type === "group"))
  ) {
    const now = nodesAfter.get(node.id);
    if (!now) operations.push({ op: "add_node", node });
    else if (now !== node) {
      const set = changes(now, node);
      if (Object.keys(set).length) operations.push({ op: "update_node", id: node.id, set });
    }
  }
  for (const edge of before.edges) {
    if (!sameEdge(edgesAfter.get(edge.id), edge)) operations.push({ op: "add_edge", edge });
  }
  return operations;
}

/** The fields to set on `from` to make it `to`; null removes one. */
function changes(from: CanvasNode, to: CanvasNode): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  const a = from as Record<string, unknown>;
  const b = to as Record<string, unknown>;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (JSON.stringify(a[key]) !== JSON.stringify(b[key])) set[key] = b[key] === undefined ? null : b[key];
  }
  return set;
}

function sameEdge(a: Edge | undefined, b: Edge): boolean {
  return a !== undefined && a.source === b.source && a.target === b.target &&
    a.source_port === b.source_port &&
    a.target_port === b.target_port;
}

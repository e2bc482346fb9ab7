import type { CanvasNode, Edge, Graph } from "../../../shared/canvas/graph.ts";
import { outsideIn } from "../../../shared/canvas/groups.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";

/**
 * The operations that lead from one graph to another, touching only what differs: nodes come before their wires, wires go
 * before their nodes.
 */
export function operationsBetween(from: Graph, to: Graph): Operation[] {
  const nodesFrom = new Map(from.nodes.map((node) => [node.id, node]));
  const nodesTo = new Map(to.nodes.map((node) => [node.id, node]));
  const edgesFrom = new Map(from.edges.map((edge) => [edge.id, edge]));
  const edgesTo = new Map(to.edges.map((edge) => [edge.id, edge]));
  const operations: Operation[] = [];
  for (const edge of from.edges) {
    // A wire goes with its node by itself.
    if (
      !sameEdge(edgesTo.get(edge.id), edge) && nodesTo.has(edge.source) &&
      nodesTo.has(edge.target)
    ) {
      operations.push({ op: "remove_edge", id: edge.id });
    }
  }
  for (const node of from.nodes) {
    if (!nodesTo.has(node.id)) operations.push({ op: "remove_node", id: node.id });
  }
  // Groups first: what lies in one needs it.
  for (const node of outsideIn(to.nodes)) {
    const now = nodesFrom.get(node.id);
    if (!now) operations.push({ op: "add_node", node });
    else if (now !== node) {
      const set = changes(now, node);
      if (Object.keys(set).length) operations.push({ op: "update_node", id: node.id, set });
    }
  }
  for (const edge of to.edges) {
    if (!sameEdge(edgesFrom.get(edge.id), edge)) operations.push({ op: "add_edge", edge });
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

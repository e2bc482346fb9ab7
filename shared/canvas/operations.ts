import { z } from "zod";
import { createDraft, type Draft } from "./draft.ts";
import { CanvasNode, Edge, type Graph } from "./graph.ts";
import { refusalIn } from "./ports.ts";
import { withoutLost } from "./promoted.ts";

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
  const draft = createDraft(graph);
  for (const [index, operation] of operations.entries()) {
    const message = take(draft, operation);
    if (message !== null) return { ok: false, index, message };
  }
  forgetLost(draft);
  return { ok: true, graph: draft.graph() };
}

/** A field of a node that has gone, or lies elsewhere now, is offered by its group no more. */
function forgetLost(draft: Draft): void {
  for (const node of [...draft.nodes.values()]) {
    if (node.type !== "group" || !node.promoted) continue;
    const left = withoutLost(draft.nodes, node);
    if (left !== node) draft.setNode(left);
  }
}

/** Takes one step, or says why not and changes nothing. */
function take(draft: Draft, operation: Operation): string | null {
  switch (operation.op) {
    case "add_node": {
      const { node } = operation;
      if (draft.nodes.has(node.id)) return `There is a node "${node.id}" already.`;
      const wrong = misplaced(draft, node);
      if (wrong === null) draft.setNode(node);
      return wrong;
    }
    case "update_node": {
      const node = draft.nodes.get(operation.id);
      if (!node) return `There is no node "${operation.id}".`;
      const changed = withFields(node, operation.set);
      if (typeof changed === "string") return changed;
      const wrong = misplaced(draft, changed);
      if (wrong === null) draft.setNode(changed);
      return wrong;
    }
    case "remove_node": {
      const removed = draft.nodes.get(operation.id);
      if (!removed) return `There is no node "${operation.id}".`;
      // What lay in a group lies where it lay.
      for (const node of [...draft.children(operation.id)]) {
        const { parent: _, ...free } = node;
        draft.setNode(
          (removed.parent === undefined ? free : { ...free, parent: removed.parent }) as CanvasNode,
        );
      }
      draft.removeNode(operation.id);
      return null;
    }
    case "add_edge": {
      const { edge } = operation;
      if (draft.edges.has(edge.id)) return `There is an edge "${edge.id}" already.`;
      const wrong = refusalIn(draft, edge);
      if (wrong === null) draft.addEdge(edge);
      return wrong;
    }
    case "remove_edge": {
      if (!draft.edges.has(operation.id)) return `There is no edge "${operation.id}".`;
      draft.removeEdge(operation.id);
      return null;
    }
  }
}

/** The node with these fields set, null ones removed; or what is wrong with that. */
function withFields(node: CanvasNode, set: Record<string, unknown>): CanvasNode | string {
  const merged: Record<string, unknown> = { ...node };
  for (const [key, value] of Object.entries(set)) {
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  if (merged.id !== node.id || merged.type !== node.type) return "A node's id and type cannot change.";
  const parsed = CanvasNode.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join(".") || "node"}: ${issue.message}`;
}

/** Why a node can't be as it is beside the others: its name is taken, its group is none. */
function misplaced(draft: Draft, node: CanvasNode): string | null {
  if ("shot" in node) {
    for (const twin of draft.called(node.shot)) {
      if (twin.id !== node.id) {
        return `"${twin.title}" is called ${node.shot} already; every shot needs a name of its own.`;
      }
    }
  }
  if (node.parent === undefined) return null;
  if (node.parent !== node.id && draft.nodes.get(node.parent)?.type !== "group") {
    return `There is no group "${node.parent}" to put "${node.title}" in.`;
  }
  return liesInItself(draft, node) ? "A group cannot lie in itself." : null;
}

/** Follows the groups outwards; a circle further out that the node is not part of ends it, too. */
function liesInItself(draft: Draft, node: CanvasNode): boolean {
  const seen = new Set<string>();
  for (let up = node.parent; up !== undefined && !seen.has(up); up = draft.nodes.get(up)?.parent) {
    if (up === node.id) return true;
    seen.add(up);
  }
  return false;
}

/** What is wrong with a whole graph, as sentences: twins, wires that can't be, nodes outside their group. */
export function graphFaults(graph: Graph): string[] {
  const faults: string[] = [];
  const draft = createDraft({ nodes: graph.nodes, edges: [] });
  const ids = new Set<string>();
  for (const node of graph.nodes) {
    if (ids.has(node.id)) faults.push(`Two nodes have the id "${node.id}".`);
    ids.add(node.id);
    const wrong = misplaced(draft, node);
    if (wrong) faults.push(wrong);
  }
  for (const edge of graph.edges) {
    if (draft.edges.has(edge.id)) {
      faults.push(`Two edges have the id "${edge.id}".`);
      continue;
    }
    const wrong = refusalIn(draft, edge);
    if (wrong) faults.push(`${edge.id}: ${wrong}`);
    else draft.addEdge(edge);
  }
  return faults;
}

import type { CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import { homeOf, outsideIn } from "../../shared/canvas/groups.ts";
import { drawnAs, type Level } from "../../shared/canvas/levels.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { refusal } from "../../shared/canvas/ports.ts";
import { promotedOfCopies } from "../../shared/canvas/promoted.ts";
import { newEdgeId, newNode } from "./catalogue.ts";
import type { Clipping } from "./copies.ts";
import { boxOf } from "./flow/sizes.ts";
import { withFrames } from "./group_actions.ts";
import type { Workspace } from "./workspace.ts";

interface LayOptions {
  /** Their upper left corner. */
  at?: { x: number; y: number } | null;
  /** So far from what they are copies of. */
  by?: { x: number; y: number };
  /** With the wires that come in from outside. */
  wired?: boolean;
}

/**
 * Copies of nodes with ids and shot names of their own, and the wires between them: at a place of the level that is shown, or beside
 * what they are copies of, in the same group.
 */
export function lay(
  workspace: Workspace,
  { nodes, edges, outside }: Clipping,
  verb: string,
  { at = null, by: moved, wired = false }: LayOptions,
): void {
  if (nodes.length === 0) return;
  const before = workspace.document.graph.value, level = workspace.levels.level.value;
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const by = moved ?? (at ? { x: Math.round(at.x - left), y: Math.round(at.y - top) } : { x: 32, y: 32 });
  const placed = moved !== undefined || at !== null;
  const ids = new Map<string, string>();
  const graph: Graph = { ...before };
  for (const node of outsideIn(nodes)) {
    const copy = copyOf(graph, node, by);
    ids.set(node.id, copy.id);
    const parent = node.parent === undefined ? undefined : ids.get(node.parent);
    const home = parent ?? homeFor(before, level, node, copy, placed);
    if (home) copy.parent = home;
    graph.nodes = [...graph.nodes, copy];
  }
  const operations: Operation[] = graph.nodes.slice(before.nodes.length).map((node) => {
    const promoted = node.type === "group" && node.promoted && promotedOfCopies(node.promoted, ids);
    return { op: "add_node", node: promoted ? { ...node, promoted } as CanvasNode : node };
  });
  for (const edge of edges) {
    const source = ids.get(edge.source), target = ids.get(edge.target);
    if (source && target) {
      operations.push({ op: "add_edge", edge: { ...edge, id: newEdgeId(), source, target } });
    }
  }
  for (const edge of wired ? outside : []) {
    const wire = { ...edge, id: newEdgeId(), target: ids.get(edge.target)! };
    // What it came from may be gone, or be in another film.
    if (refusal(graph, wire)) continue;
    graph.edges = [...graph.edges, wire];
    operations.push({ op: "add_edge", edge: wire });
  }
  const label = nodes.length === 1 ? `${verb} ${nodes[0]!.title}` : `${verb} ${nodes.length} nodes`;
  if (!workspace.document.apply(label, withFrames(before, operations))) return;
  const now = workspace.document.nodes.value;
  const shown = [...ids.values()].filter((id) => drawnAs(now, id, level) === id);
  workspace.selection.value = new Set(shown);
  if (at && shown[0]) workspace.reveal.value = shown[0];
}

function copyOf(graph: Graph, node: CanvasNode, by: { x: number; y: number }): CanvasNode {
  const fresh = newNode(graph, node.type, { x: 0, y: 0 });
  const { parent: _, ...rest } = node;
  return {
    ...rest,
    id: fresh.id,
    position: { x: node.position.x + by.x, y: node.position.y + by.y },
    ...("shot" in fresh ? { shot: fresh.shot } : {}),
    ...(node.type === "shot" && "shot" in fresh && node.title === node.shot ? { title: fresh.title } : {}),
  } as CanvasNode;
}

/** Pasted, a node belongs where it comes to lie; duplicated, where its original does. */
function homeFor(graph: Graph, level: Level, node: CanvasNode, copy: CanvasNode, pasted: boolean): Level {
  if (!pasted && (node.parent === undefined || graph.nodes.some((each) => each.id === node.parent))) {
    return node.parent ?? null;
  }
  const home = homeOf(graph, copy, boxOf, level);
  // An open frame has no group yet.
  return home ?? level;
}

import { CanvasNode, Edge, type Graph } from "../../shared/canvas/graph.ts";
import { homeOf, outsideIn, withContents } from "../../shared/canvas/groups.ts";
import { drawnAs, type Level } from "../../shared/canvas/levels.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { promotedOfCopies } from "../../shared/canvas/promoted.ts";
import { say } from "../state/toasts.ts";
import { newEdgeId, newNode } from "./catalogue.ts";
import { boxOf } from "./flow/sizes.ts";
import { withFrames } from "./group_actions.ts";
import type { Workspace } from "./workspace.ts";

/** What lies on the clipboard: nodes, what lies in those that are groups, and the wires between all of these. */
interface Clipping {
  kind: "generative-media-studio/nodes";
  nodes: CanvasNode[];
  edges: Edge[];
}
const KIND = "generative-media-studio/nodes";
let clipboard: Clipping | null = null;

function clip(workspace: Workspace): Clipping {
  const graph = workspace.document.graph.value;
  // A group is what lies in it.
  const chosen = withContents(graph, workspace.selection.value);
  return {
    kind: KIND,
    nodes: graph.nodes.filter((node) => chosen.has(node.id)),
    edges: graph.edges.filter((edge) => chosen.has(edge.source) && chosen.has(edge.target)),
  };
}

export function copySelection(workspace: Workspace): void {
  const clipping = clip(workspace);
  if (clipping.nodes.length === 0) return;
  clipboard = clipping;
  // Where the browser allows it, also to the system's clipboard: for another project in another tab.
  void navigator.clipboard?.writeText(JSON.stringify(clipboard)).catch(() => {});
}

export async function paste(workspace: Workspace): Promise<void> {
  const text = await navigator.clipboard?.readText().catch(() => "") ?? "";
  const from = read(text) ?? clipboard;
  if (from) lay(workspace, from, "Paste", workspace.pointer);
}

/** What another page of the studio put there; null when it is something else, and what was copied here is meant. */
function read(text: string): Clipping | null {
  if (!text.includes(KIND)) return null;
  try {
    const { kind, nodes, edges } = JSON.parse(text);
    if (kind !== KIND) return null;
    return { kind, nodes: CanvasNode.array().parse(nodes), edges: Edge.array().parse(edges) };
  } catch {
    say("What is on the clipboard is no longer whole. Copy the nodes again.");
    return null;
  }
}

export function duplicateSelection(workspace: Workspace): void {
  lay(workspace, clip(workspace), "Duplicate", null);
}

/**
 * Copies of nodes with ids and shot names of their own, and the wires between them: at a place of the level that is shown, or beside
 * what they are copies of, in the same group.
 */
function lay(
  workspace: Workspace,
  { nodes, edges }: Clipping,
  verb: string,
  at: { x: number; y: number } | null,
) {
  if (nodes.length === 0) return;
  const before = workspace.document.graph.value, level = workspace.levels.level.value;
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const by = at ? { x: Math.round(at.x - left), y: Math.round(at.y - top) } : { x: 32, y: 32 };
  const ids = new Map<string, string>();
  const graph: Graph = { ...before };
  for (const node of outsideIn(nodes)) {
    const copy = copyOf(graph, node, by);
    ids.set(node.id, copy.id);
    const parent = node.parent === undefined ? undefined : ids.get(node.parent);
    const home = parent ?? homeFor(before, level, node, copy, at !== null);
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
  const label = nodes.length === 1 ? `${verb} ${nodes[0]!.title}` : `${verb} ${nodes.length} nodes`;
  if (!workspace.document.apply(label, withFrames(before, operations))) return;
  const now = workspace.document.nodes.value;
  workspace.selection.value = new Set([...ids.values()].filter((id) => drawnAs(now, id, level) === id));
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

import type { Edge as FlowEdge, Node as FlowNode } from "reactflow";
import { type Border, NO_BORDER, portIn, portOut } from "../../../shared/canvas/border.ts";
import type { CanvasNode, Edge, Graph } from "../../../shared/canvas/graph.ts";
import { drawnAs, type Level, nodesById } from "../../../shared/canvas/levels.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { same } from "../../../shared/canvas/live/same.ts";
import { kindOf } from "../catalogue.ts";
import { boundariesOf, INPUTS, OUTPUTS } from "./boundary_place.ts";
import { sizeOf } from "./sizes.ts";

/** A wire as it is drawn, and those of the document that it stands for. */
export type DrawnWire = FlowEdge<{ wires: string[] }>;
export type CardNode = FlowNode<{ id: string }>;

/** What is drawn: a level of a graph, and what crosses the border of the group that it is the inside of. */
export interface Scene {
  graph: Graph;
  level: Level;
  border?: Border;
  chosen: ReadonlySet<string>;
}

/** Behind wires and nodes, also when it is chosen: React Flow lifts what is chosen by a thousand. */
const BEHIND = -1001;

/**
 * The level's nodes for React Flow; a node that did not change keeps its object, so that it is not drawn again. What lies in a folded
 * group is not there: its group's card is.
 */
export function toNodes(scene: Scene, before: CardNode[] = []): CardNode[] {
  const { graph, level, chosen } = scene;
  const old = new Map(before.map((node) => [node.id, node]));
  const byId = nodesById(graph.nodes);
  const shown = graph.nodes.filter((node) =>
    level === null && node.parent === undefined || drawnAs(byId, node.id, level) === node.id
  );
  const nodes = shown.map((node) => {
    const kind = isFrame(node) ? "frame" : "card";
    return flowNode(kind, node.id, node.position, sizeOf(node), chosen.has(node.id), old.get(node.id));
  });
  const boundaries = boundariesOf(shown, scene.border ?? NO_BORDER).map(({ id, position, size }) => ({
    ...flowNode("boundary", id, position, size, false, old.get(id)),
    draggable: false,
    selectable: false,
  }));
  const all = [...nodes, ...boundaries.map((each) => unchanged(old.get(each.id), each))];
  return sameList(all, before) ? before : all;
}

function flowNode(
  kind: "card" | "frame" | "boundary",
  id: string,
  position: { x: number; y: number },
  size: { width: number; height: number },
  selected: boolean,
  was: CardNode | undefined,
): CardNode {
  if (
    was && was.position.x === position.x && was.position.y === position.y &&
    was.selected === selected && was.type === kind &&
    // Only a frame's height is the document's; a card's is what React Flow measured.
    (kind !== "frame" || (was.width === size.width && was.height === size.height))
  ) return was;
  return {
    ...was,
    id,
    type: kind,
    position,
    data: was?.data ?? { id },
    selected,
    width: size.width,
    height: kind === "frame" || was?.type !== kind ? size.height : was?.height ?? size.height,
    ...(kind === "frame"
      // A frame is held by its title: through the rest one reaches the canvas.
      ? { zIndex: BEHIND, dragHandle: ".frame-title", style: { pointerEvents: "none" as const, ...size } }
      : { zIndex: 0, dragHandle: undefined, style: undefined }),
  } as CardNode;
}

function unchanged(was: CardNode | undefined, next: CardNode): CardNode {
  return was && was.position.x === next.position.x && was.position.y === next.position.y ? was : next;
}

export function isFrame(node: CanvasNode): boolean {
  return node.type === "group" && !node.collapsed;
}

/**
 * The level's wires. One into a folded group ends at a port of its card, one that crosses the level's own border at the boundary; of
 * several that then lie on each other one is drawn. Those within a folded group, or wholly outside of the level, are not.
 */
export function toEdges({ graph, level, chosen }: Scene, before: DrawnWire[] = []): DrawnWire[] {
  const old = new Map(before.map((edge) => [edge.id, edge]));
  const byId = nodesById(graph.nodes);
  const drawn = new Map<string, DrawnWire>();
  for (const edge of graph.edges) {
    const ends = endsAt(byId, edge, level);
    if (!ends) continue;
    const key = Object.values(ends).join(" ");
    const bundle = drawn.get(key);
    if (bundle) {
      bundle.data!.wires.push(edge.id);
      bundle.selected ||= chosen.has(edge.id);
      continue;
    }
    const from = byId.get(edge.source), to = byId.get(edge.target);
    drawn.set(key, {
      id: edge.id,
      ...ends,
      selected: chosen.has(edge.id),
      data: { wires: [edge.id] },
      className: from && offOf(from) || "",
      ariaLabel: `${from?.title} to ${to?.title}`,
      style: { "--edge": `var(--${from ? kindOf(from.type) : "plain"})` } as Record<string, string>,
    });
  }
  // React Flow draws a wire anew when it gets another object.
  const edges = [...drawn.values()].map((edge) => {
    const was = old.get(edge.id);
    return was && same(was, edge) ? was : edge;
  });
  return sameList(edges, before) ? before : edges;
}

function sameList<T>(made: readonly T[], before: readonly T[]): boolean {
  return made.length === before.length && made.every((each, index) => each === before[index]);
}

function endsAt(nodes: ReadonlyMap<string, CanvasNode>, edge: Edge, level: Level) {
  const source = drawnAs(nodes, edge.source, level), target = drawnAs(nodes, edge.target, level);
  if (source === target) return null;
  return {
    source: source ?? INPUTS,
    sourceHandle: source === null ? portIn(edge) : source === edge.source ? edge.source_port : portOut(edge),
    target: target ?? OUTPUTS,
    targetHandle: target === null ? portOut(edge) : target === edge.target ? edge.target_port : portIn(edge),
  };
}

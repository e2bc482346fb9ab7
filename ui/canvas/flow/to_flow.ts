import type { Edge as FlowEdge, Node as FlowNode } from "reactflow";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import { shownAs } from "../../../shared/canvas/groups.ts";
import { kindOf } from "../catalogue.ts";
import { sizeOf } from "./sizes.ts";

export type CardNode = FlowNode<{ id: string }>;

/** Behind wires and nodes, also when it is chosen: React Flow lifts what is chosen by a thousand. */
const BEHIND = -1001;

/**
 * The document's nodes for React Flow; a node that did not change keeps its object, so that it is not drawn again. What lies
 * in a collapsed group is not there: its group's card is. `elsewhere`: places that others drag nodes to just now.
 */
export function toNodes(
  graph: Graph,
  chosen: ReadonlySet<string>,
  before: CardNode[] = [],
  elsewhere: ReadonlyMap<string, { x: number; y: number }> = new Map(),
): CardNode[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const nodes = graph.nodes.filter((node) => node.parent === undefined || shownAs(byId, node) === null).map(
    (node) => {
      const was = old.get(node.id);
      const selected = chosen.has(node.id);
      const position = elsewhere.get(node.id) ?? node.position;
      const size = sizeOf(node);
      const kind = isFrame(node) ? "frame" : "card";
      if (
        was && was.position.x === position.x && was.position.y === position.y &&
        was.selected === selected && was.type === kind &&
        // Only a frame's height is the document's; a card's is what React Flow measured.
        (kind === "card" || (was.width === size.width && was.height === size.height))
      ) return was;
      return {
        ...was,
        id: node.id,
        type: kind,
        position,
        data: was?.data ?? { id: node.id },
        selected,
        width: size.width,
        height: kind === "frame" || was?.type !== kind ? size.height : was?.height ?? size.height,
        ...(kind === "frame"
          // A frame is held by its title: through the rest one reaches the canvas.
          ? { zIndex: BEHIND, dragHandle: ".frame-title", style: { pointerEvents: "none" as const, ...size } }
          : { zIndex: 0, dragHandle: undefined, style: undefined }),
      } as CardNode;
    },
  );
  return sameList(nodes, before) ? before : nodes;
}

export function isFrame(node: CanvasNode): boolean {
  return node.type === "group" && !node.collapsed;
}

/** Wires into a collapsed group end at its card; those within it are not drawn. A wire that did not change keeps its object. */
export function toEdges(graph: Graph, chosen: ReadonlySet<string>, before: FlowEdge[] = []): FlowEdge[] {
  const old = new Map(before.map((edge) => [edge.id, edge]));
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const end = (id: string) => {
    const node = byId.get(id);
    return (node && shownAs(byId, node)) ?? id;
  };
  const edges = graph.edges.flatMap((edge): FlowEdge[] => {
    const source = end(edge.source), target = end(edge.target);
    if (source === target) return [];
    const from = byId.get(edge.source), to = byId.get(edge.target);
    const made = {
      id: edge.id,
      source,
      sourceHandle: source === edge.source ? edge.source_port : "out",
      target,
      targetHandle: target === edge.target ? edge.target_port : "in",
      selected: chosen.has(edge.id),
      ariaLabel: `${from?.title} to ${to?.title}`,
      style: styleOf(from ? kindOf(from.type) : "plain"),
    };
    const was = old.get(edge.id);
    return [was && same(was, made) ? was : made];
  });
  return sameList(edges, before) ? before : edges;
}

const styles = new Map<string, FlowEdge["style"]>();

/** The same object for the same colour: React Flow draws a wire anew when it gets another. */
function styleOf(kind: string): FlowEdge["style"] {
  let style = styles.get(kind);
  if (!style) styles.set(kind, style = { "--edge": `var(--${kind})` } as FlowEdge["style"]);
  return style;
}

function same(was: FlowEdge, made: FlowEdge): boolean {
  return Object.entries(made).every(([name, value]) => was[name as keyof FlowEdge] === value);
}

function sameList<T>(made: readonly T[], before: readonly T[]): boolean {
  return made.length === before.length && made.every((each, index) => each === before[index]);
}

import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";

export type Way = "left" | "right" | "up" | "down";

/** Where the keyboard begins: what feeds others and is fed by nothing, the leftmost of them. */
export function firstNode({ edges }: Graph, shown: readonly CanvasNode[]): CanvasNode | null {
  const fed = new Set(edges.map((edge) => edge.target));
  const [first] = shown.toSorted((a, b) =>
    Number(fed.has(a.id)) - Number(fed.has(b.id)) || a.position.x - b.position.x ||
    a.position.y - b.position.y
  );
  return first ?? null;
}

/**
 * The node that an arrow leads to: right and left along the wires, the upper one first; where no wire leads on, and up and down, to what
 * lies nearest that way. `nodes`: what is on the level.
 */
export function nodeBeside(
  graph: Graph,
  nodes: readonly CanvasNode[],
  from: CanvasNode,
  way: Way,
): CanvasNode | null {
  if (way === "right" || way === "left") {
    const ids = new Set(
      graph.edges.flatMap((edge) =>
        way === "right"
          ? edge.source === from.id ? [edge.target] : []
          : edge.target === from.id
          ? [edge.source]
          : []
      ),
    );
    const [wired] = nodes.filter((node) => ids.has(node.id)).toSorted((a, b) =>
      Math.abs(a.position.y - from.position.y) - Math.abs(b.position.y - from.position.y) ||
      a.position.y - b.position.y
    );
    if (wired) return wired;
  }
  const along = way === "left" || way === "right" ? "x" : "y";
  const across = along === "x" ? "y" : "x";
  const sign = way === "right" || way === "down" ? 1 : -1;
  let best: { node: CanvasNode; cost: number } | null = null;
  for (const node of nodes) {
    const ahead = (node.position[along] - from.position[along]) * sign;
    if (node.id === from.id || ahead <= 0) continue;
    // What lies off to the side counts double: an arrow leads ahead.
    const cost = ahead + 2 * Math.abs(node.position[across] - from.position[across]);
    if (!best || cost < best.cost) best = { node, cost };
  }
  return best?.node ?? null;
}

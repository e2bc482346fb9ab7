import type { CardNode } from "../to_flow.ts";

/** Nodes on a level from which it is painted when it is seen from afar: fewer are drawn as elements, which can do more. */
export const MANY = 150;

/** The card that lies at a place of the canvas; the last is on top. */
export function cardAt(nodes: readonly CardNode[], { x, y }: { x: number; y: number }): CardNode | undefined {
  return nodes.findLast((card) =>
    card.type === "card" && x >= card.position.x && y >= card.position.y &&
    x < card.position.x + (card.width ?? 0) && y < card.position.y + (card.height ?? 0)
  );
}

/** The cards and frames that lie wholly in a box of the canvas, as a box that is drawn chooses them. */
export function within(
  nodes: readonly CardNode[],
  box: { x: number; y: number; width: number; height: number },
): string[] {
  return nodes.filter((card) =>
    card.type !== "boundary" && card.position.x >= box.x && card.position.y >= box.y &&
    card.position.x + (card.width ?? 0) <= box.x + box.width &&
    card.position.y + (card.height ?? 0) <= box.y + box.height
  ).map((card) => card.id);
}

import type { Border } from "../../../shared/canvas/border.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { PORTS } from "../../../shared/canvas/ports.ts";

/** Canvas pixels. A card's first port, and from one to the next; those of a folded group are rows of its card. */
const FIRST = 56, NEXT = 26;
const ROW = { first: 54, next: 24 };

export interface PortPlace {
  id: string;
  /** Canvas pixels from the card's top to the middle of the port. */
  y: number;
}

/** Where the ports of a card lie, on its left side and on its right, before it was ever drawn. */
export function portPlaces(
  node: Pick<CanvasNode, "type">,
  border: Border,
): { left: PortPlace[]; right: PortPlace[] } {
  if (node.type !== "group") {
    const { inputs, outputs } = PORTS[node.type];
    return {
      left: inputs.map(({ name }, index) => ({ id: name, y: FIRST + index * NEXT })),
      right: outputs.map(({ name }) => ({ id: name, y: FIRST })),
    };
  }
  const row = (index: number) => ROW.first + index * ROW.next;
  return {
    right: border.outputs.map(({ id }, index) => ({ id, y: row(index) })),
    left: border.inputs.map(({ id }, index) => ({ id, y: row(border.outputs.length + index) })),
  };
}

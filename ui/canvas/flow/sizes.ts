import type { CanvasNode, NodeType } from "../../../shared/canvas/graph.ts";
import type { Box } from "../../../shared/canvas/groups.ts";

/** Canvas pixels. Given with each node, so that what is off screen can stay unmounted. */
const HEIGHTS: Record<NodeType, number> = {
  asset: 170,
  generate_image: 200,
  edit_image: 200,
  kontext: 200,
  pipeline: 78,
  shot: 200,
  assembler: 150,
  group: 84,
  note: 120,
};
export const NODE_WIDTH = 208;
/** A frame that has no size of its own. */
const FRAME = { width: 480, height: 320 };

export function sizeOf(
  node: Pick<CanvasNode, "type" | "size"> & { collapsed?: boolean },
): { width: number; height: number } {
  if (node.type === "group" && !node.collapsed) return node.size ?? FRAME;
  return { width: NODE_WIDTH, height: HEIGHTS[node.type] };
}

export function boxOf(node: CanvasNode): Box {
  return { ...node.position, ...sizeOf(node) };
}

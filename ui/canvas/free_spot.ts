import type { Graph } from "../../shared/canvas/graph.ts";
import { boxOf } from "./flow/sizes.ts";

/** Canvas pixels between what is put below something. */
const GAP = 24;

/** Here, or as far below as it takes to lie on nothing. Frames of groups are no obstacle: things lie in them. */
export function freeSpot(
  graph: Graph,
  { x, y }: { x: number; y: number },
  { width, height }: { width: number; height: number },
): { x: number; y: number } {
  const boxes = graph.nodes.filter((node) => node.type !== "group").map(boxOf);
  const covers = (top: number) =>
    boxes.find((box) =>
      x < box.x + box.width && x + width > box.x && top < box.y + box.height && top + height > box.y
    );
  let top = y;
  for (let box = covers(top); box; box = covers(top)) top = box.y + box.height + GAP;
  return { x, y: top };
}

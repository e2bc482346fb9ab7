import type { Border } from "../../../shared/canvas/border.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { boxOf } from "./sizes.ts";

/** Ids that no node has: where a level's wires come in from outside, and where they go out. */
export const INPUTS = ":in";
export const OUTPUTS = ":out";
/** Canvas pixels. */
export const BOUNDARY = { width: 184, header: 36, row: 30 };
/** Between the boundary and what lies in the group. */
const APART = 110;

/** Where a level's wires come in and go out: left and right of all that lies on it, half way down. */
export function boundariesOf(shown: readonly CanvasNode[], border: Border) {
  const boxes = shown.map(boxOf);
  if (boxes.length === 0) return [];
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const middle = (Math.min(...boxes.map((box) => box.y)) +
    Math.max(...boxes.map((box) => box.y + box.height))) / 2;
  const at = (id: string, x: number, ports: number) => {
    const height = BOUNDARY.header + ports * BOUNDARY.row + 8;
    return {
      id,
      position: { x: Math.round(x), y: Math.round(middle - height / 2) },
      size: { width: BOUNDARY.width, height },
    };
  };
  return [
    ...border.inputs.length ? [at(INPUTS, left - APART - BOUNDARY.width, border.inputs.length)] : [],
    ...border.outputs.length ? [at(OUTPUTS, right + APART, border.outputs.length)] : [],
  ];
}

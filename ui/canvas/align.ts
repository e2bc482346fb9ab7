import type { CanvasNode } from "../../shared/canvas/graph.ts";
import { dropped } from "./flow/carry.ts";
import { boxOf } from "./flow/sizes.ts";
import { ALIGN, arrangeable, type Edge } from "./align_actions.ts";
import type { Workspace } from "./workspace.ts";

type Place = Pick<CanvasNode, "id" | "position">;

/** New places of boxes whose edges, or middles, lie on one line: that of the outermost. */
export function aligned(nodes: readonly CanvasNode[], edge: Edge): Place[] {
  const boxes = nodes.map((node) => ({ node, ...boxOf(node) }));
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return boxes.map(({ node, x, y, width, height }) => {
    const position = {
      left: { x: left, y },
      centre: { x: (left + right - width) / 2, y },
      right: { x: right - width, y },
      top: { x, y: top },
      middle: { x, y: (top + bottom - height) / 2 },
      bottom: { x, y: bottom - height },
    }[edge];
    return { id: node.id, position };
  });
}

/** New places with the same gap between all; the first and the last stay. */
export function distributed(nodes: readonly CanvasNode[], way: "x" | "y"): Place[] {
  const size = way === "x" ? "width" : "height";
  const boxes = nodes.map((node) => ({ node, ...boxOf(node) })).sort((a, b) => a[way] - b[way]);
  const first = boxes[0], last = boxes.at(-1);
  if (!first || !last || boxes.length < 3) return [];
  const room = last[way] - first[way] - first[size];
  const inside = boxes.slice(1, -1).reduce((sum, box) => sum + box[size], 0);
  const gap = (room - inside) / (boxes.length - 1);
  let at = first[way] + first[size] + gap;
  return boxes.slice(1, -1).map((box) => {
    const position = { x: box.x, y: box.y, [way]: at };
    at += box[size] + gap;
    return { id: box.node.id, position };
  });
}

export function align(workspace: Workspace, edge: Edge): void {
  move(workspace, ALIGN[edge], aligned(arrangeable(workspace), edge));
}

export function distribute(workspace: Workspace, way: "x" | "y"): void {
  const label = way === "x" ? "Spread evenly in a row" : "Spread evenly in a column";
  move(workspace, label, distributed(arrangeable(workspace), way));
}

/** As if each had been dragged there: a group takes along what lies in it. */
function move({ document: doc, levels }: Workspace, label: string, places: Place[]): void {
  const whole = places.map(({ id, position: { x, y } }) => ({
    id,
    position: { x: Math.round(x), y: Math.round(y) },
  }));
  doc.apply(label, dropped(doc.graph.value, whole, levels.level.value));
}

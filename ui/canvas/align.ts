import type { Box } from "../../shared/canvas/groups.ts";
import type { Action } from "./actions.ts";
import { dropped } from "./flow/carry.ts";
import { boxOf } from "./flow/sizes.ts";
import { nodesOnLevel } from "./levels.ts";
import type { Workspace } from "./workspace.ts";

/** Where each of some boxes goes. */
type Arrange = (boxes: readonly Box[]) => { x: number; y: number }[];

const least = (boxes: readonly Box[], of: (box: Box) => number) => Math.min(...boxes.map(of));
const most = (boxes: readonly Box[], of: (box: Box) => number) => Math.max(...boxes.map(of));
const right = (box: Box) => box.x + box.width;
const bottom = (box: Box) => box.y + box.height;

function toX(place: (box: Box, left: number, right: number) => number): Arrange {
  return (boxes) => {
    const from = least(boxes, (box) => box.x), to = most(boxes, right);
    return boxes.map((box) => ({ x: place(box, from, to), y: box.y }));
  };
}
function toY(place: (box: Box, top: number, bottom: number) => number): Arrange {
  return (boxes) => {
    const from = least(boxes, (box) => box.y), to = most(boxes, bottom);
    return boxes.map((box) => ({ x: box.x, y: place(box, from, to) }));
  };
}

/** With the same gap between neighbours; the outer two stay. */
function spread(axis: "x" | "y", extent: "width" | "height"): Arrange {
  return (boxes) => {
    const order = boxes.map((_, index) => index).sort((a, b) => boxes[a]![axis] - boxes[b]![axis]);
    const first = boxes[order[0]!]!, last = boxes[order.at(-1)!]!;
    const room = last[axis] + last[extent] - first[axis] - boxes.reduce((sum, box) => sum + box[extent], 0);
    const gap = room / (boxes.length - 1);
    const places = boxes.map(({ x, y }) => ({ x, y }));
    let at = first[axis];
    for (const index of order) {
      places[index]![axis] = at;
      at += boxes[index]![extent] + gap;
    }
    return places;
  };
}

const WAYS: readonly { id: string; label: string; least: number; arrange: Arrange }[] = [
  { id: "align_left", label: "Align left", least: 2, arrange: toX((_, left) => left) },
  {
    id: "align_centre",
    label: "Align in the middle, one under the other",
    least: 2,
    arrange: toX((box, left, right) => (left + right - box.width) / 2),
  },
  { id: "align_right", label: "Align right", least: 2, arrange: toX((box, _, right) => right - box.width) },
  { id: "align_top", label: "Align at the top", least: 2, arrange: toY((_, top) => top) },
  {
    id: "align_middle",
    label: "Align in the middle, side by side",
    least: 2,
    arrange: toY((box, top, bottom) => (top + bottom - box.height) / 2),
  },
  {
    id: "align_bottom",
    label: "Align at the bottom",
    least: 2,
    arrange: toY((box, _, bottom) => bottom - box.height),
  },
  { id: "spread_x", label: "Spread out from left to right", least: 3, arrange: spread("x", "width") },
  { id: "spread_y", label: "Spread out from top to bottom", least: 3, arrange: spread("y", "height") },
];

export const ALIGN_ACTIONS: readonly Action[] = WAYS.map(({ id, label, least, arrange }) => ({
  id,
  label,
  when: (workspace) => chosen(workspace).length >= least,
  run: (workspace) => run(workspace, label, arrange),
}));

function chosen(workspace: Workspace) {
  return nodesOnLevel(workspace).filter((node) => workspace.selection.value.has(node.id));
}

function run(workspace: Workspace, label: string, arrange: Arrange): void {
  const nodes = chosen(workspace);
  const places = arrange(nodes.map(boxOf));
  const moved = nodes.map(({ id }, index) => ({ id, position: places[index]! }));
  const { document: doc, levels } = workspace;
  doc.apply(`${label}: ${nodes.length} nodes`, dropped(doc.graph.value, moved, levels.level.value));
}

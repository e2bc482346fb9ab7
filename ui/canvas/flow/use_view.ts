import { useSignalEffect } from "@preact/signals";
import { type RefObject } from "preact";
import { useRef } from "preact/hooks";
import { getViewportForBounds, type ReactFlowInstance, type Viewport } from "reactflow";
import type { Box } from "../../../shared/canvas/groups.ts";
import { drawnAs, type Level } from "../../../shared/canvas/levels.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { boundariesOf } from "./boundary_place.ts";
import { boxOf, sizeOf } from "./sizes.ts";

export const ZOOM = { least: 0.1, most: 2 };

/** Each level is seen as it was left; one that is new is seen whole. What is to be revealed is brought into view. */
export function useView(
  area: RefObject<HTMLDivElement | null>,
  flow: RefObject<ReactFlowInstance | null>,
): void {
  const workspace = useWorkspace();
  const left = useRef(new Map<Level, Viewport>());
  const shown = useRef<Level>(null);
  useSignalEffect(() => {
    const level = workspace.levels.level.value;
    const instance = flow.current, box = area.current?.getBoundingClientRect();
    if (instance && box && level !== shown.current) {
      left.current.set(shown.current, instance.getViewport());
      shown.current = level;
      const view = left.current.get(level) ?? wholeOf(workspace, level, box);
      if (view) instance.setViewport(view);
    }
    const id = workspace.reveal.value;
    if (!id || !instance || !box) return;
    const node = workspace.document.node(id).value;
    if (!node) return;
    workspace.reveal.value = null;
    const { width, height } = sizeOf(node);
    const corner = instance.flowToScreenPosition(node.position), zoom = instance.getZoom();
    const inside = corner.x >= box.left && corner.y >= box.top && corner.x + width * zoom <= box.right &&
      corner.y + height * zoom <= box.bottom;
    if (!inside) {
      const { x, y } = node.position;
      instance.setCenter(x + width / 2, y + height / 2, { zoom, duration: motion(180) });
    }
  });
}

interface Room {
  width: number;
  height: number;
}

/** The view that shows a level whole; null when there is nothing on it. */
export function wholeOf(workspace: Workspace, level: Level, room: Room): Viewport | null {
  return viewOf(boxesOf(workspace, level), room);
}

/** Whether something of the level is in sight: a window may be smaller than the one that a view was left in. */
export function showsSome(
  workspace: Workspace,
  level: Level,
  { x, y, zoom }: Viewport,
  { width, height }: Room,
): boolean {
  const boxes = boxesOf(workspace, level);
  return boxes.length === 0 || boxes.some((box) =>
    box.x * zoom + x < width && box.y * zoom + y < height &&
    (box.x + box.width) * zoom + x > 0 && (box.y + box.height) * zoom + y > 0
  );
}

function boxesOf({ document: doc, levels }: Workspace, level: Level): Box[] {
  const nodes = doc.nodes.peek();
  const shown = [...nodes.values()].filter((node) => drawnAs(nodes, node.id, level) === node.id);
  const border = level === null ? null : levels.border(level).peek();
  return [
    ...shown.map(boxOf),
    ...border ? boundariesOf(shown, border).map(({ position, size }) => ({ ...position, ...size })) : [],
  ];
}

/** The view that shows these, no larger than they are. */
export function viewOf(boxes: readonly Box[], { width, height }: Room): Viewport | null {
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
  const bounds = {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
  return getViewportForBounds(bounds, width, height, ZOOM.least, 1, 0.1);
}

/** Milliseconds of a movement; none for who asked for less. */
export function motion(ms: number): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : ms;
}

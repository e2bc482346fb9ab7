import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useStoreApi } from "reactflow";
import type { Box } from "../../../shared/canvas/groups.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { coloursOf, watchTheme } from "./colours.ts";
import { glance } from "./glance.ts";
import { oncePerFrame, surface } from "./painter.ts";
import type { CardNode } from "./to_flow.ts";
import { type Seen, seenIn, useViewportWatch } from "./use_viewport_watch.ts";
import { ZOOM } from "./use_view.ts";

/** CSS pixels. */
const SIZE = { width: 168, height: 112 };

export interface MiniMapProps {
  laid: ReadonlySignal<{ nodes: readonly CardNode[] }>;
}

/**
 * The level as a map: all its nodes, what is chosen, at work or failed, and the part that is seen, which a pointer takes hold of and a
 * wheel makes larger or smaller. One element that is painted, however many nodes there are.
 */
export function MiniMap({ laid }: MiniMapProps) {
  const workspace = useWorkspace();
  const store = useStoreApi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const held = useRef(false);
  const painter = useMemo(() =>
    oncePerFrame(() => {
      const element = canvas.current;
      // Where there is no room for it, it is not there.
      if (element?.offsetParent) paint(element, laid.peek().nodes, seenIn(store.getState()), workspace);
    }), [workspace]);
  useViewportWatch(painter.ask);
  useEffect(() => {
    const stops = [
      effect(() => {
        void laid.value, workspace.selection.value, workspace.live.jobs.value;
        painter.ask();
      }),
      watchTheme(painter.ask),
      painter.stop,
    ];
    return () => stops.forEach((stop) => stop());
  }, [painter]);

  const goTo = (event: PointerEvent) => {
    const seen = seenIn(store.getState());
    const { d3Zoom, d3Selection } = store.getState();
    if (!d3Zoom || !d3Selection) return;
    const map = mapOf(laid.peek().nodes, seen);
    const box = canvas.current!.getBoundingClientRect();
    const scale = box.width / SIZE.width;
    const x = map.x + (event.clientX - box.left) / scale / map.scale;
    const y = map.y + (event.clientY - box.top) / scale / map.scale;
    d3Zoom.translateTo(d3Selection, x, y);
  };
  return (
    <div class="react-flow__panel react-flow__minimap bottom right">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Map of the canvas"
        style={{ width: `${SIZE.width}px`, height: `${SIZE.height}px` }}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          held.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          goTo(event);
        }}
        onPointerMove={(event) => held.current && goTo(event)}
        onPointerUp={() => held.current = false}
        onPointerCancel={() => held.current = false}
        onWheel={(event) => {
          const { d3Zoom, d3Selection, transform } = store.getState();
          if (!d3Zoom || !d3Selection) return;
          event.preventDefault();
          const zoom = transform[2] * 2 ** (-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002));
          d3Zoom.scaleTo(d3Selection, Math.min(ZOOM.most, Math.max(ZOOM.least, zoom)));
        }}
      />
    </div>
  );
}

/** Where the map begins on the canvas, and how large it is drawn: all nodes, and all that is seen. */
function mapOf(nodes: readonly CardNode[], { x, y, zoom, width, height }: Seen) {
  const seen: Box = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  let left = seen.x, top = seen.y, right = seen.x + seen.width, bottom = seen.y + seen.height;
  for (const { position, width, height } of nodes) {
    left = Math.min(left, position.x);
    top = Math.min(top, position.y);
    right = Math.max(right, position.x + (width ?? 0));
    bottom = Math.max(bottom, position.y + (height ?? 0));
  }
  const scale = 0.92 * Math.min(SIZE.width / (right - left), SIZE.height / (bottom - top));
  return {
    seen,
    scale,
    x: (left + right - SIZE.width / scale) / 2,
    y: (top + bottom - SIZE.height / scale) / 2,
  };
}

function paint(
  canvas: HTMLCanvasElement,
  nodes: readonly CardNode[],
  view: Seen,
  workspace: Workspace,
): void {
  const context = surface(canvas, SIZE.width, SIZE.height);
  const colour = coloursOf(canvas);
  const { seen, scale, x, y } = mapOf(nodes, view);
  const chosen = workspace.selection.peek(), { working, failed } = glance(workspace);
  const colourOf = (node: CardNode) =>
    node.type !== "card"
      ? "surface-3"
      : chosen.has(node.id)
      ? "accent"
      : failed.has(node.id)
      ? "broken"
      : working.has(node.id)
      ? "well"
      : "line-strong";
  // One path for each colour: a thousand nodes are five strokes of the brush. Frames lie behind.
  const paths = new Map(
    ["surface-3", "line-strong", "well", "broken", "accent"].map((it) => [it, new Path2D()]),
  );
  for (const node of nodes) {
    paths.get(colourOf(node))!.rect(
      (node.position.x - x) * scale,
      (node.position.y - y) * scale,
      Math.max(1.5, (node.width ?? 0) * scale),
      Math.max(1.5, (node.height ?? 0) * scale),
    );
  }
  for (const [token, path] of paths) {
    context.fillStyle = colour(token);
    context.fill(path);
  }
  const hole = [(seen.x - x) * scale, (seen.y - y) * scale, seen.width * scale, seen.height * scale] as const;
  context.globalAlpha = 0.6;
  context.fillStyle = colour("ground");
  const around = new Path2D();
  around.rect(0, 0, SIZE.width, SIZE.height);
  around.rect(...hole);
  context.fill(around, "evenodd");
  context.globalAlpha = 1;
  context.strokeStyle = colour("text-3");
  context.strokeRect(...hole);
}

import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useStoreApi } from "reactflow";
import { useWorkspace, type Workspace } from "../../workspace.ts";
import { coloursOf, watchTheme } from "../colours.ts";
import { oncePerFrame, surface } from "../painter.ts";
import { type Seen, seenIn, useViewportWatch } from "../use_viewport_watch.ts";
import { paintOverview } from "./paint.ts";
import { within } from "./pick.ts";
import { postersOf } from "./posters.ts";
import { headingsIn, type Laid, threadsIn, tilesIn } from "./scene.ts";

/** As large as this many windows, the whole level is painted at once and only shifted from then on. */
const WHOLE = 3;
/** Else: this much of a window on each side of what is seen. */
const BESIDE = 0.5;

export interface OverviewProps {
  laid: ReadonlySignal<Laid>;
  /** The node under the pointer, whose name is shown. */
  held: string | null;
}

/**
 * Many cards from afar, in one element that is painted. React Flow has only those cards that are under the pointer or chosen, out of sight
 * beneath: they take clicks, drags and menus as ever.
 */
export function Overview({ laid, held }: OverviewProps) {
  const workspace = useWorkspace();
  const store = useStoreApi();
  const canvas = useRef<HTMLCanvasElement>(null), label = useRef<HTMLDivElement>(null);
  const painter = useMemo(() => {
    /** What was painted last: its zoom, and the part of the canvas (in screen pixels at that zoom) that it shows. */
    let done: { zoom: number; left: number; top: number; width: number; height: number } | null = null;
    const paint = oncePerFrame(() => {
      const element = canvas.current;
      if (!element) return;
      const seen = seenIn(store.getState());
      done = { zoom: seen.zoom, ...regionOf(laid.peek(), seen) };
      paintRegion(element, done, workspace, laid.peek());
      place(seen);
      element.dataset.drawn = "";
    });
    function place(seen: Seen): void {
      if (!done || !canvas.current) return;
      canvas.current.style.transform = `translate(${seen.x + done.left}px, ${seen.y + done.top}px)`;
    }
    return {
      ...paint,
      moved(seen: Seen) {
        if (!done || done.zoom !== seen.zoom || !covers(done, laid.peek(), seen)) return paint.ask();
        place(seen);
      },
    };
  }, [workspace, laid]);
  useViewportWatch(painter.moved);
  useEffect(() => {
    const posters = postersOf(workspace);
    posters.arrived = painter.ask;
    const stops = [
      effect(() => {
        const { live, document: doc, selection } = workspace;
        void laid.value, doc.nodes.value, selection.value, live.takes.value;
        for (const job of live.jobs.value.values()) {
          if (job.state === "leased") void live.progress(job.id).value;
        }
        painter.ask();
      }),
      watchTheme(painter.ask),
      painter.stop,
      () => posters.arrived = null,
      chooseByBox(store, workspace, laid),
    ];
    return () => stops.forEach((stop) => stop());
  }, [painter]);
  const moveLabel = useMemo(() => ({ x, y, zoom }: Seen) => {
    const card = laid.peek().nodes.find((each) => each.id === held);
    if (!card || !label.current) return;
    const left = x + (card.position.x + (card.width ?? 0) / 2) * zoom, top = y + card.position.y * zoom - 6;
    label.current.style.transform = `translate(${left}px, ${top}px) translate(-50%, -100%)`;
  }, [held]);
  useViewportWatch(moveLabel);
  const name = held === null ? null : workspace.document.node(held).value?.title;
  return (
    <>
      <canvas
        ref={canvas}
        class="overview"
        role="img"
        aria-label={`${laid.value.nodes.length} nodes, seen from afar`}
      />
      {name && <div ref={label} class="overview-name" aria-hidden="true">{name}</div>}
    </>
  );
}

/** What of the canvas is painted, in screen pixels from its beginning: all of it when that is little enough, else what is seen and some around. */
function regionOf({ nodes }: Laid, seen: Seen) {
  const whole = wholeOf(nodes, seen.zoom);
  if (whole.width * whole.height <= WHOLE * seen.width * seen.height) return whole;
  return {
    left: Math.floor(-seen.x - seen.width * BESIDE),
    top: Math.floor(-seen.y - seen.height * BESIDE),
    width: Math.ceil(seen.width * (1 + 2 * BESIDE)),
    height: Math.ceil(seen.height * (1 + 2 * BESIDE)),
  };
}

function wholeOf(nodes: Laid["nodes"], zoom: number) {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const { position: { x, y }, width = 0, height = 0 } of nodes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + (width ?? 0));
    bottom = Math.max(bottom, y + (height ?? 0));
  }
  // Room for what is drawn around a card, and for a wire that goes back.
  const room = 40;
  return {
    left: Math.floor(left * zoom - room),
    top: Math.floor(top * zoom - room),
    width: Math.ceil((right - left) * zoom + 2 * room),
    height: Math.ceil((bottom - top) * zoom + 2 * room),
  };
}

/** Whether everything that is seen was painted: what lies beyond the level is empty. */
function covers(
  done: { left: number; top: number; width: number; height: number },
  { nodes }: Laid,
  seen: Seen,
): boolean {
  const whole = wholeOf(nodes, seen.zoom);
  const left = Math.max(-seen.x, whole.left),
    right = Math.min(-seen.x + seen.width, whole.left + whole.width);
  const top = Math.max(-seen.y, whole.top),
    bottom = Math.min(-seen.y + seen.height, whole.top + whole.height);
  return right <= left || bottom <= top || left >= done.left && top >= done.top &&
      right <= done.left + done.width && bottom <= done.top + done.height;
}

function paintRegion(
  canvas: HTMLCanvasElement,
  { zoom, left, top, width, height }: {
    zoom: number;
    left: number;
    top: number;
    width: number;
    height: number;
  },
  workspace: Workspace,
  laid: Laid,
): void {
  const context = surface(canvas, width, height);
  const sight = {
    left: left / zoom,
    top: top / zoom,
    right: (left + width) / zoom,
    bottom: (top + height) / zoom,
  };
  const pen = { context, colour: coloursOf(canvas), x: -left, y: -top, zoom };
  paintOverview(pen, {
    tiles: tilesIn(workspace, laid, sight),
    threads: threadsIn(workspace, laid),
    headings: headingsIn(workspace, laid),
  });
}

/** A box that is drawn chooses what lies in it, also the cards that React Flow does not have. */
function chooseByBox(
  store: ReturnType<typeof useStoreApi>,
  { selection }: Workspace,
  laid: ReadonlySignal<Laid>,
): () => void {
  return store.subscribe(({ userSelectionRect: rect, transform: [x, y, zoom] }, before) => {
    if (!rect || rect === before.userSelectionRect) return;
    const ids = within(laid.peek().nodes, {
      x: (rect.x - x) / zoom,
      y: (rect.y - y) / zoom,
      width: rect.width / zoom,
      height: rect.height / zoom,
    });
    const chosen = selection.peek();
    if (ids.length !== chosen.size || ids.some((id) => !chosen.has(id))) selection.value = new Set(ids);
  });
}

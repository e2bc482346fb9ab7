import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useNodesInitialized, useReactFlow, useStoreApi, type Viewport } from "reactflow";
import { isTyping } from "../typing.ts";
import { useWorkspace } from "../workspace.ts";

const KEEP_AFTER_MS = 200;

/** Moves the view where an action asks for it, and opens a film where this person left it. Inside React Flow; draws nothing. */
export function View() {
  const workspace = useWorkspace();
  const flow = useReactFlow();
  const key = `view/${workspace.project.value.id}`;
  useSignalEffect(() => {
    const look = workspace.look.value;
    if (!look) return;
    workspace.look.value = null;
    const duration = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180;
    const options = { duration, maxZoom: 1, padding: 0.2 };
    if (look === "actual") flow.zoomTo(1, { duration });
    else if (look === "all") flow.fitView(options);
    else flow.fitView({ ...options, nodes: [...workspace.selection.peek()].map((id) => ({ id })) });
  });
  const ready = useNodesInitialized(), opened = useRef(false);
  useEffect(() => {
    // React Flow fits the view first; and it is ready anew with every node that is added.
    if (!ready || opened.current) return;
    opened.current = true;
    const left = read(key);
    if (left) flow.setViewport(left);
  }, [ready]);
  const store = useStoreApi();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let kept = store.getState().transform;
    // However it moved: by hand, by a key, to something that was looked for. The inside of a group is not where a film opens.
    const stop = store.subscribe(({ transform }) => {
      if (transform === kept || !opened.current) return;
      kept = transform;
      clearTimeout(timer);
      if (workspace.levels.level.peek() !== null) return;
      timer = setTimeout(() => {
        if (workspace.levels.level.peek() !== null) return;
        const [x, y, zoom] = transform;
        keepOrNot(() => localStorage.setItem(key, JSON.stringify({ x, y, zoom })));
      }, KEEP_AFTER_MS);
    });
    // React Flow hears of the keys a moment later than of the press that goes with them.
    const pressed = ({ shiftKey, ctrlKey, metaKey }: PointerEvent) =>
      store.setState({ multiSelectionActive: shiftKey || ctrlKey || metaKey });
    addEventListener("pointerdown", pressed, true);
    // While Space is held the canvas is moved, also by who presses on a node.
    const holding = (event: Event) =>
      store.getState().domNode?.classList.toggle(
        "panning",
        event instanceof KeyboardEvent && event.type === "keydown" && event.code === "Space" &&
          !isTyping(event.target),
      );
    const heard = ["keydown", "keyup", "blur"] as const;
    for (const name of heard) addEventListener(name, holding);
    return () => {
      for (const name of heard) removeEventListener(name, holding);
      stop();
      clearTimeout(timer);
      removeEventListener("pointerdown", pressed, true);
    };
  }, []);
  return null;
}

function read(key: string): Viewport | null {
  try {
    const { x, y, zoom } = JSON.parse(localStorage.getItem(key) ?? "null");
    return [x, y, zoom].every(Number.isFinite) && zoom > 0 ? { x, y, zoom } : null;
  } catch {
    return null;
  }
}

/** A browser that keeps nothing still shows the canvas. */
function keepOrNot(write: () => void): void {
  try {
    write();
  } catch {
    // The view is found anew next time.
  }
}

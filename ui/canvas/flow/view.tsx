import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useNodesInitialized, useReactFlow, type Viewport } from "reactflow";
import { useWorkspace } from "../workspace.ts";

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

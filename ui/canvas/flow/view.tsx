import { useSignalEffect } from "@preact/signals";
import { type RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { useReactFlow, useStoreApi, type Viewport } from "reactflow";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { seenAt } from "./far_card.tsx";
import { boxOf } from "./sizes.ts";
import { motion, showsSome, viewOf, wholeOf } from "./use_view.ts";

/**
 * Where the canvas opens: where this person left it, else so that all of it is seen. Known before anything is drawn: cards would be mounted
 * at another place first. Null until there is a canvas.
 */
export function useOpening(area: RefObject<HTMLDivElement | null>): Viewport | null {
  const workspace = useWorkspace();
  const [opening, setOpening] = useState<Viewport | null>(null);
  useLayoutEffect(() => {
    const { clientWidth: width, clientHeight: height } = area.current!;
    const left = read(keyOf(workspace)), level = workspace.levels.level.peek();
    const view = left && showsSome(workspace, level, left, { width, height })
      ? left
      : wholeOf(workspace, level, { width, height }) ?? { x: 0, y: 0, zoom: 1 };
    seenAt(view.zoom);
    setOpening(view);
  }, [workspace]);
  return opening;
}

function keyOf({ project }: Workspace): string {
  return `view/${project.peek().id}`;
}

/** Moves the view where an action asks for it. Inside React Flow; draws nothing. */
export function View() {
  const workspace = useWorkspace();
  const flow = useReactFlow();
  const store = useStoreApi();
  useSignalEffect(() => {
    const look = workspace.look.value;
    if (!look) return;
    workspace.look.value = null;
    const duration = motion(180);
    if (look === "actual") return flow.zoomTo(1, { duration });
    // React Flow may not have them all: from afar they are painted.
    const room = store.getState(), level = workspace.levels.level.peek();
    const nodes = workspace.document.nodes.peek();
    const chosen = [...workspace.selection.peek()].flatMap((id) => nodes.get(id) ?? []);
    const view = look === "all" ? wholeOf(workspace, level, room) : viewOf(chosen.map(boxOf), room);
    if (view) flow.setViewport(view, { duration });
  });
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

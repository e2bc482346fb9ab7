import type { CanvasNode } from "../../shared/canvas/graph.ts";
import { later } from "../components/lazily.tsx";
import { attempt } from "../state/toasts.ts";
import type { Action } from "./actions.ts";
import { nodesOnLevel } from "./levels.ts";
import type { Workspace } from "./workspace.ts";

const arranging = later(() => import("./parts.ts"));

export const ALIGN = {
  left: "Align left edges",
  centre: "Align centres in a column",
  right: "Align right edges",
  top: "Align top edges",
  middle: "Align middles in a row",
  bottom: "Align bottom edges",
} as const;
export type Edge = keyof typeof ALIGN;

/** The selected nodes of the level that is shown. */
export function arrangeable(workspace: Workspace): CanvasNode[] {
  return nodesOnLevel(workspace).filter((node) => workspace.selection.value.has(node.id));
}

const several = (workspace: Workspace) => arrangeable(workspace).length > 1;

export const ALIGN_ACTIONS: readonly Action[] = [
  ...(Object.keys(ALIGN) as Edge[]).map((edge): Action => ({
    id: `align_${edge}`,
    label: ALIGN[edge],
    when: several,
    run: (workspace) => void attempt(async () => (await arranging()).align(workspace, edge)),
  })),
  {
    id: "spread_x",
    label: "Spread evenly in a row",
    when: several,
    run: (workspace) => void attempt(async () => (await arranging()).distribute(workspace, "x")),
  },
  {
    id: "spread_y",
    label: "Spread evenly in a column",
    when: several,
    run: (workspace) => void attempt(async () => (await arranging()).distribute(workspace, "y")),
  },
];

import { withContents } from "../../shared/canvas/groups.ts";
import type { Action } from "./actions.ts";
import { toggleNavigation, toggleSnapping } from "./navigation.ts";
import { lookAt } from "./takes/look_at.ts";
import type { Workspace } from "./workspace.ts";

const someSelected = (workspace: Workspace) => workspace.selection.value.size > 0;

/** What is seen and what is chosen; nothing of it changes the film. */
export const VIEW_ACTIONS: readonly Action[] = [
  {
    id: "fit",
    label: "Show everything",
    // Shift+1 is another letter on every keyboard.
    keys: ["Shift+1", "Shift+!", "."],
    run: (workspace) => workspace.look.value = "all",
  },
  {
    id: "fit_selection",
    label: "Show what is selected",
    keys: ["Shift+2", "Shift+@", 'Shift+"'],
    when: someSelected,
    run: (workspace) => workspace.look.value = "selection",
  },
  {
    id: "actual_size",
    label: "Actual size",
    keys: ["Mod+0"],
    run: (workspace) => workspace.look.value = "actual",
  },
  {
    id: "look",
    label: "Look at the take, large",
    keys: ["v"],
    when: (workspace) => workspace.selectedNode.value !== null,
    run: (workspace) => lookAt(workspace, workspace.selectedNode.value),
  },
  {
    id: "select_upstream",
    label: "Select what feeds it",
    words: "upstream",
    when: someSelected,
    run: (workspace) => workspace.selection.value = along(workspace, "source"),
  },
  {
    id: "select_downstream",
    label: "Select what it feeds",
    words: "downstream",
    when: someSelected,
    run: (workspace) => workspace.selection.value = along(workspace, "target"),
  },
  { id: "snap", label: "Snap to the grid: on or off", run: toggleSnapping },
  { id: "navigation", label: "Mouse: drag draws a box, or moves the canvas", run: toggleNavigation },
];

/** The selection with everything that lies along the wires in one direction. */
export function along(workspace: Workspace, way: "source" | "target"): ReadonlySet<string> {
  const graph = workspace.document.graph.value;
  // A group is what lies in it.
  const chosen = new Set([...workspace.selection.value, ...withContents(graph, workspace.selection.value)]);
  const open = [...chosen];
  while (open.length) {
    const id = open.pop()!;
    for (const edge of graph.edges) {
      const next = way === "source" ? edge.target === id && edge.source : edge.source === id && edge.target;
      if (!next || chosen.has(next)) continue;
      chosen.add(next);
      open.push(next);
    }
  }
  return chosen;
}

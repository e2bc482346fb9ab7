import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import type { Action } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

function selected(workspace: Workspace): CanvasNode | null {
  const id = workspace.selectedNode.value;
  return id ? workspace.document.node(id).value : null;
}

/** What can be done between a film and the studio's library. */
export const LIBRARY_ACTIONS: readonly Action[] = [
  {
    id: "publish",
    label: "Publish to the library…",
    when: (workspace) => selected(workspace) !== null,
    run: (workspace) => workspace.publishing.value = { node: workspace.selectedNode.value! },
  },
  {
    id: "take_newer",
    label: "Take the newer version from the library…",
    when: (workspace) => {
      const node = selected(workspace);
      return node !== null && workspace.library.newerThan(node) !== null;
    },
    run: (workspace) => workspace.upgrading.value = workspace.selectedNode.value,
  },
];

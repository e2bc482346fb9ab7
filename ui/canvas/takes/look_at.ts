import type { Workspace } from "../workspace.ts";

/** The chosen take of a node, or nothing to look at. */
export function lookAt(workspace: Workspace, nodeId: string | null): void {
  const take = nodeId && workspace.live.activeTake(nodeId);
  if (take) workspace.looking.value = take.id;
}

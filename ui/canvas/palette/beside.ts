import { nodesOnLevel } from "../levels.ts";
import type { Workspace } from "../workspace.ts";

/** Where something new goes that was not dragged: right of what is selected, else right of everything. */
export function beside(workspace: Workspace): { x: number; y: number } {
  const id = workspace.selectedNode.value;
  const node = id ? workspace.document.node(id).value : null;
  if (node) return { x: node.position.x + 280, y: node.position.y };
  const nodes = nodesOnLevel(workspace);
  return nodes.length
    ? { x: Math.max(...nodes.map((each) => each.position.x)) + 280, y: nodes.at(-1)!.position.y }
    : { x: 0, y: 0 };
}

import { sizeOf } from "../flow/sizes.ts";
import { freeSpot } from "../free_spot.ts";
import { nodesOnLevel } from "../levels.ts";
import type { Workspace } from "../workspace.ts";

/** Where something new goes that was not dragged: right of what is selected, else right of everything; never on top of something. */
export function beside(workspace: Workspace): { x: number; y: number } {
  const id = workspace.selectedNode.value;
  const node = id ? workspace.document.node(id).value : null;
  if (node) {
    const at = { x: node.position.x + 280, y: node.position.y };
    return freeSpot(workspace.document.graph.value, at, sizeOf({ type: "shot" }));
  }
  const nodes = nodesOnLevel(workspace);
  return nodes.length
    ? { x: Math.max(...nodes.map((each) => each.position.x)) + 280, y: nodes.at(-1)!.position.y }
    : { x: 0, y: 0 };
}

import { withContents } from "../../../shared/canvas/groups.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { canBeOff, type Off, offOf } from "../../../shared/canvas/left_out.ts";
import { say } from "../../state/toasts.ts";
import type { Action } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

/** What is selected and can be left out; a group is what lies in it. */
function chosen({ document: doc, selection }: Workspace): CanvasNode[] {
  const graph = doc.graph.value;
  const ids = withContents(graph, selection.value);
  return graph.nodes.filter((node) => ids.has(node.id) && canBeOff(node));
}

function isOff(workspace: Workspace, off: Off): boolean {
  const nodes = chosen(workspace);
  return nodes.length > 0 && nodes.every((node) => offOf(node) === off);
}

/** Leaves out what is selected, or no more when all of it is. */
function leaveOut(workspace: Workspace, off: Off): void {
  const nodes = chosen(workspace);
  if (nodes.length === 0) {
    return say("Notes and assemblers make nothing by themselves; there is nothing to leave out.");
  }
  const again = isOff(workspace, off);
  const what = nodes.length === 1 ? nodes[0]!.title : `${nodes.length} nodes`;
  workspace.document.apply(
    `${again ? "Switch on" : off === "muted" ? "Mute" : "Bypass"} ${what}`,
    nodes.map(({ id }) => ({ op: "update_node", id, set: { off: again ? null : off } })),
  );
}

const leavingOut = (id: string, off: Off, label: string, keys: string): Action => ({
  id,
  label,
  keys: [keys],
  when: (workspace) => workspace.selection.value.size > 0,
  on: (workspace) => isOff(workspace, off),
  run: (workspace) => leaveOut(workspace, off),
});

export const OFF_ACTIONS: readonly Action[] = [
  leavingOut("bypass", "bypassed", "Bypass: wires pass through", "Mod+b"),
  leavingOut("mute", "muted", "Mute: makes and feeds nothing", "Mod+m"),
];

import type { NodeOf } from "../../shared/canvas/graph.ts";
import { groupThem, ungroup } from "../../shared/canvas/groups.ts";
import { newNode } from "./catalogue.ts";
import { boxOf } from "./flow/sizes.ts";
import type { Workspace } from "./workspace.ts";

export function groupSelection(workspace: Workspace): void {
  const graph = workspace.document.graph.value;
  const group = newNode(graph, "group", { x: 0, y: 0 }) as NodeOf<"group">;
  const operations = groupThem(graph, workspace.selection.value, group, boxOf);
  if (!workspace.document.apply(`Group ${operations.length - 1} nodes`, operations)) return;
  workspace.selection.value = new Set([group.id]);
  workspace.renaming.value = group.id;
}

export function selectedGroups(workspace: Workspace): NodeOf<"group">[] {
  return workspace.document.graph.value.nodes.filter((node): node is NodeOf<"group"> =>
    node.type === "group" && workspace.selection.value.has(node.id)
  );
}

export function ungroupSelection(workspace: Workspace): void {
  const graph = workspace.document.graph.value;
  const groups = selectedGroups(workspace);
  const ids = new Set(groups.map((group) => group.id));
  const freed = graph.nodes.filter((node) => node.parent && ids.has(node.parent) && !ids.has(node.id));
  // From the inside out: a group that goes leaves its contents to the one around it.
  const depth = (group: NodeOf<"group">): number => {
    const around = groups.find((each) => each.id === group.parent);
    return around ? depth(around) + 1 : 0;
  };
  const operations = groups.toSorted((a, b) => depth(b) - depth(a)).flatMap((group) => ungroup(graph, group));
  const label = groups.length === 1 ? `Ungroup ${groups[0]!.title}` : `Ungroup ${groups.length} groups`;
  if (workspace.document.apply(label, operations)) {
    workspace.selection.value = new Set(freed.map((node) => node.id));
  }
}

export function foldSelection(workspace: Workspace): void {
  const groups = selectedGroups(workspace);
  const collapsed = groups.some((group) => !group.collapsed);
  workspace.document.apply(
    collapsed ? "Collapse" : "Open",
    groups.map((group) => ({ op: "update_node", id: group.id, set: { collapsed } }) as const),
  );
}

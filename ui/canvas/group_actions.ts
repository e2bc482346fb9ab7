import type { CanvasNode, Graph, NodeOf } from "../../shared/canvas/graph.ts";
import {
  coveringFrame,
  groupThem,
  ungroup,
  withContents,
  withInnerGroups,
} from "../../shared/canvas/groups.ts";
import { groupsAround, nodesById } from "../../shared/canvas/levels.ts";
import { applyOperations, type Operation } from "../../shared/canvas/operations.ts";
import { newNode } from "./catalogue.ts";
import { boxOf } from "./flow/sizes.ts";
import { goToLevel } from "./levels.ts";
import type { Workspace } from "./workspace.ts";

export function groupSelection(workspace: Workspace, collapsed = false): void {
  const graph = workspace.document.graph.value;
  const group = { ...newNode(graph, "group", { x: 0, y: 0 }), collapsed } as NodeOf<"group">;
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

/** Goes into the selected group. */
export function enterSelection(workspace: Workspace): void {
  const [group] = selectedGroups(workspace);
  if (group) goToLevel(workspace, group.id);
}

export function ungroupSelection(workspace: Workspace): void {
  ungroupThese(workspace, selectedGroups(workspace));
}

export function ungroupThese(workspace: Workspace, groups: readonly NodeOf<"group">[]): void {
  takeAway(workspace, "Ungroup", groups);
}

/** With all groups in them: only nodes are left. */
export function dissolveSelection(workspace: Workspace): void {
  const chosen = selectedGroups(workspace).map((group) => group.id);
  takeAway(workspace, "Dissolve", withInnerGroups(workspace.document.graph.value, chosen));
}

function takeAway(workspace: Workspace, verb: string, groups: readonly NodeOf<"group">[]): void {
  const graph = workspace.document.graph.value;
  const ids = new Set(groups.map((group) => group.id));
  const freed = graph.nodes.filter((node) => node.parent && ids.has(node.parent) && !ids.has(node.id));
  const label = groups.length === 1 ? `${verb} ${groups[0]!.title}` : `${verb} ${groups.length} groups`;
  if (workspace.document.apply(label, ungroup(graph, groups))) {
    workspace.selection.value = new Set(freed.map((node) => node.id));
  }
}

/** Selected groups become cards, or frames around what lies in them. */
export function foldSelection(workspace: Workspace): void {
  const groups = selectedGroups(workspace);
  fold(workspace, groups, groups.some((group) => !group.collapsed));
}

export function fold(workspace: Workspace, groups: readonly NodeOf<"group">[], collapsed: boolean): void {
  const graph = workspace.document.graph.value;
  const verb = collapsed ? "Fold" : "Unfold";
  const label = groups.length === 1 ? `${verb} ${groups[0]!.title}` : `${verb} ${groups.length} groups`;
  const operations = groups.map((group): Operation => {
    // What was done inside may lie where the frame did not reach.
    const frame = collapsed ? null : coveringFrame(graph, group, boxOf);
    return { op: "update_node", id: group.id, set: { collapsed, ...frame } };
  });
  workspace.document.apply(label, operations);
}

/** What is selected leaves the group whose inside is shown, and lies beside it. */
export function takeOut(workspace: Workspace): void {
  const { document: doc, selection, levels } = workspace;
  const group = levels.path.value.at(-1);
  const nodes = doc.graph.value.nodes.filter((node) =>
    selection.value.has(node.id) && node.parent === group?.id
  );
  if (!group || nodes.length === 0) return;
  const box = boxOf(group), left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const to = { x: box.x + box.width + 60 - left, y: box.y - top };
  const label = `Take ${
    nodes.length === 1 ? nodes[0]!.title : `${nodes.length} nodes`
  } out of ${group.title}`;
  const done = doc.apply(label, nodes.flatMap((node) => moveOut(workspace, node, to, group.parent ?? null)));
  if (!done) return;
  goToLevel(workspace, group.parent ?? null);
  selection.value = new Set(nodes.map((node) => node.id));
  workspace.reveal.value = nodes[0]!.id;
}

/** A node with what lies in it, so far from where it lay, into the group around. */
function moveOut(
  workspace: Workspace,
  node: CanvasNode,
  by: { x: number; y: number },
  parent: string | null,
): Operation[] {
  const graph = workspace.document.graph.value;
  const moved = withContents(graph, [node.id]);
  return graph.nodes.filter((each) => moved.has(each.id)).map((each) => {
    const position = { x: each.position.x + by.x, y: each.position.y + by.y };
    return {
      op: "update_node",
      id: each.id,
      set: each.id === node.id ? { position, parent } : { position },
    };
  });
}

/** The operations, and what open frames around need to go on holding what lies in them. */
export function withFrames(graph: Graph, operations: readonly Operation[]): Operation[] {
  const touched = operations.flatMap((each) =>
    each.op === "add_node" ? [each.node.id] : each.op === "update_node" ? [each.id] : []
  );
  const all = [...operations];
  let applied = applyOperations(graph, all);
  if (!applied.ok) return all;
  const around = new Set<string>();
  const nodes = nodesById(applied.graph.nodes);
  for (const id of touched) for (const group of groupsAround(nodes, id)) around.add(group.id);
  const depth = (id: string) => groupsAround(nodes, id).length;
  for (const id of [...around].sort((a, b) => depth(b) - depth(a))) {
    const group = applied.graph.nodes.find((node) => node.id === id);
    // A frame that moves itself is where the person put it.
    if (group?.type !== "group" || group.collapsed || touched.includes(id)) continue;
    const frame = coveringFrame(applied.graph, group, boxOf);
    if (!frame) continue;
    const grow: Operation = { op: "update_node", id, set: frame };
    const grown = applyOperations(applied.graph, [grow]);
    if (!grown.ok) continue;
    all.push(grow);
    applied = grown;
  }
  return all;
}

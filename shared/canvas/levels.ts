import type { CanvasNode, NodeOf } from "./graph.ts";

/**
 * A canvas has levels: the film itself (null), and the inside of every group. A level shows what lies in its group: nodes, groups that
 * are open as frames with what lies in them, groups that are folded as one card.
 */
export type Level = string | null;
type Nodes = ReadonlyMap<string, CanvasNode>;

/** The groups that a node lies in, the innermost first. */
export function groupsAround(nodes: Nodes, id: string): NodeOf<"group">[] {
  const around: NodeOf<"group">[] = [];
  // A circle, which a sound graph has none of, ends here.
  const seen = new Set<string>();
  for (let up = nodes.get(id)?.parent; up !== undefined && !seen.has(up); up = nodes.get(up)?.parent) {
    seen.add(up);
    const group = nodes.get(up);
    if (group?.type === "group") around.push(group);
  }
  return around;
}

/** What a level draws for a node: the node, the folded group that it lies in, or null when it does not lie on the level at all. */
export function drawnAs(nodes: Nodes, id: string, level: Level): string | null {
  if (!nodes.has(id)) return null;
  let drawn = id;
  for (const group of groupsAround(nodes, id)) {
    if (group.id === level) return drawn;
    if (group.collapsed) drawn = group.id;
  }
  return level === null ? drawn : null;
}

/** Where to go to see a node: the present level if it is drawn there, else the innermost folded group around it. */
export function levelOf(nodes: Nodes, id: string, present: Level): Level {
  if (drawnAs(nodes, id, present) === id) return present;
  return groupsAround(nodes, id).find((group) => group.collapsed)?.id ?? null;
}

/** The innermost group that all of these nodes lie in, themselves not counted. */
export function commonLevel(nodes: Nodes, ids: Iterable<string>): Level {
  const [first, ...others] = [...ids].map((id) => groupsAround(nodes, id).map((group) => group.id));
  return first?.find((group) => others.every((around) => around.includes(group))) ?? null;
}

export function nodesById(nodes: readonly CanvasNode[]): Map<string, CanvasNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}

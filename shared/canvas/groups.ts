import type { CanvasNode, Graph, NodeOf } from "./graph.ts";
import { commonLevel, drawnAs, type Level, nodesById } from "./levels.ts";
import type { Operation } from "./operations.ts";

/** Groups are frames: their members keep their own places on the canvas, and `parent` says where they belong. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Canvas pixels between a frame and what lies in it. */
export const PADDING = 24;
/** Canvas pixels of a frame's title. */
export const TITLE = 40;

/** These nodes and everything that lies in those of them that are groups, to any depth, in the graph's order. */
export function withContents(graph: Graph, ids: Iterable<string>): Set<string> {
  const wanted = new Set(ids);
  const children = Map.groupBy(graph.nodes, (node) => node.parent ?? "");
  const open = [...wanted];
  while (open.length) {
    for (const child of children.get(open.pop()!) ?? []) {
      if (wanted.has(child.id)) continue;
      wanted.add(child.id);
      open.push(child.id);
    }
  }
  return new Set(graph.nodes.filter((node) => wanted.has(node.id)).map((node) => node.id));
}

/** Nodes with every group before what lies in it, at any depth: the order in which they can be added. */
export function outsideIn(nodes: readonly CanvasNode[]): CanvasNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = new Map<string, number>();
  const depth = (node: CanvasNode): number => {
    const known = depths.get(node.id);
    if (known !== undefined) return known;
    // A circle, which a sound graph has none of, ends here.
    depths.set(node.id, 0);
    const around = node.parent === undefined ? undefined : byId.get(node.parent);
    const own = around ? depth(around) + 1 : 0;
    depths.set(node.id, own);
    return own;
  };
  return nodes.toSorted((a, b) => depth(a) - depth(b));
}

/** The frame around boxes, with room for its title. */
export function frameAround(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x)) - PADDING;
  const y = Math.min(...boxes.map((box) => box.y)) - PADDING - TITLE;
  return {
    x: Math.round(x),
    y: Math.round(y),
    width: Math.round(Math.max(...boxes.map((box) => box.x + box.width)) + PADDING - x),
    height: Math.round(Math.max(...boxes.map((box) => box.y + box.height)) + PADDING - y),
  };
}

/** Puts nodes into a new group, which takes the place that they had in groups themselves. */
export function groupThem(
  graph: Graph,
  ids: ReadonlySet<string>,
  group: NodeOf<"group">,
  boxOf: (node: CanvasNode) => Box,
): Operation[] {
  const chosen = graph.nodes.filter((node) => ids.has(node.id));
  const nodes = nodesById(graph.nodes);
  // What lies in a chosen group stays there.
  const members = chosen.filter((node) => !liesInOneOf(nodes, node, ids));
  if (members.length === 0) return [];
  const { x, y, width, height } = frameAround(chosen.map(boxOf));
  const node: NodeOf<"group"> = { ...group, position: { x, y }, size: { width, height } };
  const parent = commonLevel(nodes, members.map((each) => each.id));
  if (parent !== null) node.parent = parent;
  return [
    { op: "add_node", node },
    ...members.map((each) => ({ op: "update_node", id: each.id, set: { parent: node.id } }) as const),
  ];
}

function liesInOneOf(nodes: ReadonlyMap<string, CanvasNode>, node: CanvasNode, ids: ReadonlySet<string>) {
  const seen = new Set<string>();
  for (let up = node.parent; up !== undefined && !seen.has(up); up = nodes.get(up)?.parent) {
    if (ids.has(up)) return true;
    seen.add(up);
  }
  return false;
}

/** Takes groups away and leaves what lay in them, in the next group around that stays if there is one. */
export function ungroup(graph: Graph, groups: readonly NodeOf<"group">[]): Operation[] {
  const nodes = nodesById(graph.nodes);
  const go = new Set(groups.map((group) => group.id));
  const home = (node: CanvasNode): string | null => {
    let up = node.parent;
    while (up !== undefined && go.has(up)) up = nodes.get(up)?.parent;
    return up ?? null;
  };
  return [
    ...graph.nodes.filter((node) => !go.has(node.id) && node.parent !== undefined && go.has(node.parent))
      .map((node) => ({ op: "update_node", id: node.id, set: { parent: home(node) } }) as const),
    ...groups.map((group) => ({ op: "remove_node", id: group.id }) as const),
  ];
}

/** A group and every group in it, at any depth: what {@link ungroup} takes to leave only nodes. */
export function withInnerGroups(graph: Graph, ids: Iterable<string>): NodeOf<"group">[] {
  const contents = withContents(graph, ids);
  return graph.nodes.filter((node): node is NodeOf<"group"> =>
    node.type === "group" && contents.has(node.id)
  );
}

/**
 * The group that a node belongs to where it lies now: the smallest open frame of the level around its middle, the level itself outside
 * of all. Frames keep theirs: one that is moved over another is not meant to go into it.
 */
export function homeOf(
  graph: Graph,
  node: CanvasNode,
  boxOf: (node: CanvasNode) => Box,
  level: Level = null,
): Level {
  if (node.type === "group" && !node.collapsed) return node.parent ?? null;
  const nodes = nodesById(graph.nodes);
  const box = boxOf(node);
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  let home: { id: string; area: number } | null = null;
  for (const group of graph.nodes) {
    if (group.type !== "group" || group.collapsed || group.id === node.id) continue;
    if (drawnAs(nodes, group.id, level) !== group.id) continue;
    const frame = boxOf(group);
    const inside = x >= frame.x && x <= frame.x + frame.width && y >= frame.y && y <= frame.y + frame.height;
    const area = frame.width * frame.height;
    if (inside && (!home || area < home.area)) home = { id: group.id, area };
  }
  return home?.id ?? level;
}

/** Where and how large a frame has to be to hold what lies in it, never smaller than it is. */
export function coveringFrame(
  graph: Graph,
  group: NodeOf<"group">,
  boxOf: (node: CanvasNode) => Box,
): { position: { x: number; y: number }; size: { width: number; height: number } } | null {
  const inside = graph.nodes.filter((node) => node.parent === group.id).map(boxOf);
  if (inside.length === 0) return null;
  const own = boxOf({ ...group, collapsed: false }), needed = frameAround(inside);
  const x = Math.min(own.x, needed.x), y = Math.min(own.y, needed.y);
  const width = Math.max(own.x + own.width, needed.x + needed.width) - x;
  const height = Math.max(own.y + own.height, needed.y + needed.height) - y;
  if (x === own.x && y === own.y && width === own.width && height === own.height) return null;
  return { position: { x, y }, size: { width, height } };
}

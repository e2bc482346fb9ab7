import type { NodeChange } from "reactflow";
import type { Graph } from "../../../shared/canvas/graph.ts";
import { homeOf, withContents } from "../../../shared/canvas/groups.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import type { Level } from "../../../shared/canvas/levels.ts";
import { withFrames } from "../group_actions.ts";
import { boxOf } from "./sizes.ts";
import type { CardNode } from "./to_flow.ts";

/** A group carries what lies in it: where it is moved, so are they. What is dragged itself moves once. */
export function carried(graph: Graph, nodes: readonly CardNode[], changes: NodeChange[]): NodeChange[] {
  const groups = new Set(graph.nodes.filter((node) => node.type === "group").map((node) => node.id));
  const moved = new Set(changes.map((change) => change.type === "position" ? change.id : ""));
  const more: NodeChange[] = [];
  for (const change of changes) {
    if (change.type !== "position" || !change.position || !groups.has(change.id)) continue;
    const was = nodes.find((node) => node.id === change.id)?.position;
    if (!was) continue;
    const by = { x: change.position.x - was.x, y: change.position.y - was.y };
    const contents = withContents(graph, [change.id]);
    for (const node of nodes) {
      if (!contents.has(node.id) || moved.has(node.id)) continue;
      moved.add(node.id);
      more.push({
        type: "position",
        id: node.id,
        position: { x: node.position.x + by.x, y: node.position.y + by.y },
      });
    }
  }
  return more.length ? [...changes, ...more] : changes;
}

/** Who is chosen goes along with whom is dragged: React Flow moves the cards that it has, which from afar is the one that is held. */
export function together(
  nodes: readonly CardNode[],
  changes: NodeChange[],
  chosen: ReadonlySet<string>,
): NodeChange[] {
  const first = changes.find((change) =>
    change.type === "position" && change.position && chosen.has(change.id)
  );
  if (first?.type !== "position" || !first.position || chosen.size < 2) return changes;
  const was = nodes.find((node) => node.id === first.id)?.position;
  if (!was) return changes;
  const moved = new Set(changes.map((change) => change.type === "position" ? change.id : ""));
  const by = { x: first.position.x - was.x, y: first.position.y - was.y };
  const others = nodes.filter((node) => chosen.has(node.id) && !moved.has(node.id));
  return [
    ...changes,
    ...others.map(({ id, position: { x, y } }): NodeChange => ({
      type: "position",
      id,
      position: { x: x + by.x, y: y + by.y },
    })),
  ];
}

/** As {@link together}, when they are on their way: where all of them come to lie. */
export function withChosen(graph: Graph, moved: Moved, chosen: ReadonlySet<string>): Moved {
  const first = moved.find(({ id }) => chosen.has(id));
  const from = first && graph.nodes.find((node) => node.id === first.id)?.position;
  if (!first || !from || chosen.size < 2) return moved;
  const by = { x: first.position.x - from.x, y: first.position.y - from.y };
  const others = graph.nodes.filter(({ id }) => chosen.has(id) && !moved.some((each) => each.id === id));
  return [
    ...moved,
    ...others.map(({ id, position: { x, y } }) => ({ id, position: { x: x + by.x, y: y + by.y } })),
  ];
}

type Moved = readonly { id: string; position: { x: number; y: number } }[];

/** Where a drag brings nodes: those that are dragged, and what the groups among them carry. */
export function placesOf(graph: Graph, moved: Moved): Map<string, { x: number; y: number }> {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const places = new Map(moved.map((each) => [each.id, each.position]));
  for (const { id, position } of moved) {
    const group = byId.get(id);
    if (group?.type !== "group") continue;
    for (const inside of withContents(graph, [id])) {
      if (places.has(inside)) continue;
      const { x, y } = byId.get(inside)!.position;
      places.set(inside, { x: x + position.x - group.position.x, y: y + position.y - group.position.y });
    }
  }
  return places;
}

/** What a drag changed when it ends: places, and the groups that nodes came into or left. */
export function dropped(graph: Graph, moved: Moved, level: Level): Operation[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const places = placesOf(graph, moved);
  const dragged = new Set(moved.map((each) => each.id));
  const operations: Operation[] = [];
  for (const [id, place] of places) {
    const node = byId.get(id);
    if (!node) continue;
    const position = { x: Math.round(place.x), y: Math.round(place.y) };
    if (position.x === node.position.x && position.y === node.position.y) continue;
    const set: Record<string, unknown> = { position };
    // What is carried stays where it belongs; what is moved by itself belongs where it is dropped.
    if (dragged.has(id) && !(node.parent && places.has(node.parent))) {
      const home = homeOf(graph, { ...node, position }, boxOf, level);
      if (home !== (node.parent ?? null)) set.parent = home;
    }
    operations.push({ op: "update_node", id, set });
  }
  return withFrames(graph, operations);
}

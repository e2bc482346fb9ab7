import type { CanvasNode, Graph } from "../graph.ts";
import type { Desk } from "./clash.ts";
import { byId } from "./fields.ts";

/**
 * Nodes whose group went lie in none. Groups that each side put into the other's would lie in themselves: one side's change of one
 * of them is taken back.
 */
export function settleGroups(
  desk: Desk,
  nodes: Map<string, CanvasNode>,
  base: Graph,
  mine: Graph,
  theirs: Graph,
): void {
  const put = (node: CanvasNode, parent: string | undefined) => {
    const { parent: _, ...free } = node;
    const there = parent !== undefined && nodes.get(parent)?.type === "group";
    nodes.set(node.id, (there ? { ...free, parent } : free) as CanvasNode);
  };
  for (const node of nodes.values()) {
    if (node.parent !== undefined && nodes.get(node.parent)?.type !== "group") put(node, undefined);
  }
  const [was, here, there] = [base, mine, theirs].map((graph) => byId(graph.nodes)) as Map<
    string,
    CanvasNode
  >[];
  const asked = new Set<string>();
  for (const id of [...nodes.keys()].sort()) {
    for (let circle = circleFrom(nodes, id); circle; circle = circleFrom(nodes, id)) {
      // One of it came from them: else mine had the circle.
      const theirsOf = circle.find((each) =>
        !asked.has(each) && here!.get(each)?.parent !== nodes.get(each)!.parent
      );
      if (theirsOf === undefined) {
        put(nodes.get(circle[0]!)!, undefined);
        continue;
      }
      asked.add(theirsOf);
      const node = nodes.get(theirsOf)!;
      const [before, now, wanted] = [was, here, there].map((graph) => graph!.get(theirsOf)?.parent);
      const side = desk.settle({
        id: `circle:${theirsOf}`,
        kind: "field",
        node_id: theirsOf,
        title: node.title,
        field: "parent",
        base: before,
        mine: now,
        theirs: wanted,
      });
      if (side === "mine") put(node, now);
      else {
        const other = circle.find((each) =>
          each !== theirsOf && there!.get(each)?.parent !== nodes.get(each)!.parent
        );
        put(nodes.get(other ?? theirsOf)!, other === undefined ? undefined : there!.get(other)?.parent);
      }
    }
  }
}

/** The groups in which a node lies, if they lead back to it. */
function circleFrom(nodes: ReadonlyMap<string, CanvasNode>, id: string): string[] | null {
  const path = [id];
  for (let up = nodes.get(id)?.parent; up !== undefined; up = nodes.get(up)?.parent) {
    if (up === id) return path.sort();
    // A circle further out is found from a node that is part of it.
    if (path.includes(up)) return null;
    path.push(up);
  }
  return null;
}

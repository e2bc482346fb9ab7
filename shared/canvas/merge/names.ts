import type { CanvasNode, Graph } from "../graph.ts";
import type { Desk } from "./clash.ts";
import { byId } from "./fields.ts";

/** Each side may have given another shot the same name: one keeps it, the other gets the next that is free. */
export function settleNames(
  desk: Desk,
  nodes: Map<string, CanvasNode>,
  base: Graph,
  mine: Graph,
  theirs: Graph,
): void {
  const here = byId(mine.nodes);
  const taken = new Set([base, mine, theirs].flatMap((graph) => graph.nodes.flatMap(nameOf)));
  const called = Map.groupBy(
    [...nodes.values()].filter((node) => "shot" in node),
    (node) => nameOf(node)[0]!,
  );
  for (const [name, twins] of [...called].sort(([a], [b]) => a < b ? -1 : 1)) {
    const own = twins.find((node) => nameOf(here.get(node.id)).includes(name));
    // One for each side has it; a third would be a fault of a side.
    for (const other of twins.filter((node) => node !== (own ?? twins[0]))) {
      const keeper = own ?? twins[0]!;
      const side = desk.settle({
        id: `name:${name}:${other.id}`,
        kind: "name",
        node_id: other.id,
        title: name,
        field: "shot",
        base: undefined,
        mine: keeper.title,
        theirs: other.title,
      });
      const loser = side === "mine" ? other : keeper;
      const free = freeName(name, taken);
      taken.add(free);
      nodes.set(loser.id, { ...nodes.get(loser.id)!, shot: free } as CanvasNode);
    }
  }
}

function nameOf(node: CanvasNode | undefined): string[] {
  return node && "shot" in node ? [node.shot] : [];
}

/** "SHOT-030" -> "SHOT-031"; "KEEPER" -> "KEEPER-2" */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const [, stem = "", digits = ""] = /^(.*?)(\d{0,6})$/.exec(name)!;
  for (let n = digits ? Number(digits) + 1 : 2;; n++) {
    const tail = digits ? String(n).padStart(digits.length, "0") : `-${n}`;
    const free = stem.slice(0, 48 - tail.length) + tail;
    if (!taken.has(free)) return free;
  }
}

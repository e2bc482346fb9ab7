import { createDraft } from "../draft.ts";
import type { CanvasNode, Edge, Graph } from "../graph.ts";
import { refusalIn } from "../ports.ts";
import type { Desk } from "./clash.ts";
import { byId, eitherOf, idsOf } from "./fields.ts";
import { same } from "../live/same.ts";

/** Wires of both sides between the nodes that are left. Where theirs cannot lie beside mine's, one of them is chosen. */
export function mergeWires(
  desk: Desk,
  nodes: ReadonlyMap<string, CanvasNode>,
  base: Graph,
  mine: Graph,
  theirs: Graph,
): Edge[] {
  const [was, here, there] = [base, mine, theirs].map((graph) => byId(graph.edges)) as Map<string, Edge>[];
  const all: Edge[] = [];
  for (const id of idsOf(mine.edges, theirs.edges)) {
    const three = { base: was!.get(id), mine: here!.get(id), theirs: there!.get(id) };
    const about = (three.mine ?? three.theirs)!;
    const edge = (eitherOf(three) ?? {
      value: three[desk.settle({ ...three, ...clashOf(nodes, about), id: `wire:${id}` })],
    }).value;
    if (edge && nodes.has(edge.source) && nodes.has(edge.target)) all.push(edge);
  }
  const wanted = withoutTwins(all, was!);
  const own = wanted.filter((edge) => same(here!.get(edge.id), edge));
  const come = wanted.filter((edge) => !own.includes(edge));
  const { laid, refused } = lay(nodes, [...own, ...come]);
  const chosen: Edge[] = [];
  for (const edge of refused) {
    // What mine itself could not lay any more went with what it hung on.
    if (own.includes(edge)) continue;
    const clash = { base: was!.get(edge.id), mine: blockers(nodes, laid, edge), theirs: edge };
    if (desk.settle({ ...clash, ...clashOf(nodes, edge), id: `fit:${edge.id}` }) === "theirs") {
      chosen.push(edge);
    }
  }
  if (chosen.length === 0) return laid;
  return lay(nodes, [...chosen, ...wanted.filter((edge) => !refused.includes(edge))]).laid;
}

function clashOf(nodes: ReadonlyMap<string, CanvasNode>, { target }: Edge) {
  return { kind: "wire", node_id: target, title: nodes.get(target)?.title ?? target, field: null } as const;
}

/** Both drew the same wire: the one that was there before, or the one of the smaller id. */
function withoutTwins(edges: Edge[], was: ReadonlyMap<string, Edge>): Edge[] {
  const first = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.source, edge.source_port, edge.target, edge.target_port]);
    const twin = first.get(key);
    if (!twin || was.has(edge.id) && !was.has(twin.id)) first.set(key, edge);
  }
  const kept = new Set(first.values());
  return edges.filter((edge) => kept.has(edge));
}

/** One after another; what does not fit beside those before it is refused. */
function lay(nodes: ReadonlyMap<string, CanvasNode>, edges: Edge[]): { laid: Edge[]; refused: Edge[] } {
  const draft = createDraft({ nodes: [...nodes.values()], edges: [] });
  const refused: Edge[] = [];
  for (const edge of edges) {
    if (refusalIn(draft, edge) === null) draft.addEdge(edge);
    else refused.push(edge);
  }
  return { laid: [...draft.edges.values()], refused };
}

/** Wires without which it would fit, each alone; none when several together are in its way. */
function blockers(nodes: ReadonlyMap<string, CanvasNode>, laid: Edge[], edge: Edge): Edge | undefined {
  const near = laid.filter((each) => each.target === edge.target || each.source === edge.source);
  return near.find((each) => {
    const draft = createDraft({ nodes: [...nodes.values()], edges: laid.filter((other) => other !== each) });
    return refusalIn(draft, edge) === null;
  });
}

import { CanvasNode, type Edge, type Graph } from "../graph.ts";
import { same } from "../live/same.ts";
import type { Desk } from "./clash.ts";
import { byId, eitherOf, idsOf, mergeFields, type Three } from "./fields.ts";

type Nodes = Three<CanvasNode>;

/** Every node as both sides together have it: field by field where both have it, gone where one removed what the other let be. */
export function mergeNodes(desk: Desk, base: Graph, mine: Graph, theirs: Graph): Map<string, CanvasNode> {
  const [was, here, there] = [base, mine, theirs].map((graph) => byId(graph.nodes)) as [
    Map<string, CanvasNode>,
    Map<string, CanvasNode>,
    Map<string, CanvasNode>,
  ];
  const used = { mine: usedSince(base, mine), theirs: usedSince(base, theirs) };
  const merged = new Map<string, CanvasNode>();
  for (const id of idsOf(mine.nodes, theirs.nodes)) {
    const three = { base: was.get(id), mine: here.get(id), theirs: there.get(id) };
    const node = three.mine && three.theirs
      ? both(desk, id, three)
      : one(desk, id, three, three.mine ? used.mine : used.theirs);
    if (node) merged.set(id, node);
  }
  return merged;
}

function both(desk: Desk, id: string, three: Nodes): CanvasNode {
  const either = eitherOf(three);
  if (either) return either.value!;
  const { base, mine, theirs } = three;
  const about = { node_id: id, title: mine!.title };
  if (mine!.type === theirs!.type) {
    const same = { ...three, base: base?.type === mine!.type ? base : undefined };
    const merged = CanvasNode.safeParse(mergeFields(desk, about, same));
    if (merged.success) return merged.data;
  }
  return three[desk.settle({ ...about, ...three, id: `node:${id}`, kind: "node", field: null })]!;
}

/** Only one side has it: it is new there, or the other removed it. */
function one(desk: Desk, id: string, three: Nodes, used: ReadonlySet<string>): CanvasNode | undefined {
  const node = (three.mine ?? three.theirs)!;
  if (!three.base) return node;
  if (same(three.base, node) && !used.has(id)) return undefined;
  const about = { node_id: id, title: node.title, field: null };
  return three[desk.settle({ ...about, ...three, id: `node:${id}`, kind: "node" })];
}

/** Nodes that were wired to something or filled since: as good as changed. */
function usedSince(base: Graph, graph: Graph): Set<string> {
  const wires = byId<Edge>(base.edges);
  const nodes = byId(base.nodes);
  return new Set([
    ...graph.edges.filter((edge) => !same(wires.get(edge.id), edge))
      .flatMap((edge) => [edge.source, edge.target]),
    ...graph.nodes.flatMap((node) =>
      node.parent !== undefined && node.parent !== nodes.get(node.id)?.parent ? [node.parent] : []
    ),
  ]);
}

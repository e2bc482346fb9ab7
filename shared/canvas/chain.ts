import type { Graph, NodeOf } from "./graph.ts";
import { offOf } from "./left_out.ts";

/** The shots of an assembler in the order of the film: back from the wire into `sequence` over `previous`, without those that are left out. */
export function shotsOf(graph: Graph, assembler: string): NodeOf<"shot">[] {
  return wiredShotsOf(graph, assembler).filter((shot) => offOf(shot) === null);
}

/** As {@link shotsOf}, with those that are bypassed or muted: they keep their place in the chain. */
export function wiredShotsOf(graph: Graph, assembler: string): NodeOf<"shot">[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const into = (target: string, port: string) =>
    graph.edges.find((edge) => edge.target === target && edge.target_port === port)?.source;
  const shots: NodeOf<"shot">[] = [];
  const seen = new Set<string>();
  for (let id = into(assembler, "sequence"); id && !seen.has(id); id = into(id, "previous")) {
    seen.add(id);
    const node = byId.get(id);
    if (node?.type === "shot") shots.unshift(node);
  }
  return shots;
}

import type { Edge, Graph, NodeOf } from "../../shared/canvas/graph.ts";
import type { Operation } from "../../shared/canvas/operations.ts";

/**
 * The steps that make `after` the chain of an assembler, whatever it was; wires that are right already stay. `elsewhere`
 * are shots outside the film that lose a neighbour to it.
 */
export function rewire(
  graph: Graph,
  assembler: string,
  after: readonly string[],
  before: readonly string[],
  newId: () => string,
): { operations: Operation[]; elsewhere: NodeOf<"shot">[] } {
  const shots = new Map(
    graph.nodes.flatMap((node) => node.type === "shot" ? [[node.id, node] as const] : []),
  );
  const wanted = new Map<string, Omit<Edge, "id">>();
  after.forEach((source, index) => {
    const target = after[index + 1];
    const wire = target
      ? { source, source_port: "shot", target, target_port: "previous" }
      : { source, source_port: "shot", target: assembler, target_port: "sequence" };
    wanted.set(keyOf(wire), wire);
  });
  const inFilm = new Set(after);
  const was = new Set(before);
  const last = after.at(-1);
  const removed: Edge[] = [];
  for (const edge of graph.edges) {
    if (wanted.delete(keyOf(edge))) continue;
    const next = edge.target_port === "previous" && shots.has(edge.target) && shots.has(edge.source);
    const into = next && inFilm.has(edge.target);
    // Another film may go on from the last shot of this one.
    const outOf = next && inFilm.has(edge.source) && edge.source !== last;
    const left = next && was.has(edge.source) && was.has(edge.target);
    const end = edge.target === assembler && edge.target_port === "sequence";
    if (into || outOf || left || end) removed.push(edge);
  }
  const others = removed.flatMap((edge) => [edge.source, edge.target]).filter((id) =>
    !inFilm.has(id) && !was.has(id)
  );
  return {
    operations: [
      ...removed.map((edge): Operation => ({ op: "remove_edge", id: edge.id })),
      ...[...wanted.values()].map((wire): Operation => ({ op: "add_edge", edge: { id: newId(), ...wire } })),
    ],
    elsewhere: [...new Set(others)].flatMap((id) => shots.get(id) ?? []),
  };
}

function keyOf({ source, source_port, target, target_port }: Omit<Edge, "id">): string {
  return [source, source_port, target, target_port].join(" ");
}

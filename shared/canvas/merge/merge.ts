import type { Graph } from "../graph.ts";
import { type Choose, type Desk, openDesk, type Settled } from "./clash.ts";
import { settleGroups } from "./groups.ts";
import { settleNames } from "./names.ts";
import { mergeNodes } from "./nodes.ts";
import { mergeWires } from "./wires.ts";

export interface Merged {
  graph: Graph;
  clashes: Settled[];
}

const MINE: Choose = () => "mine";

/**
 * Three-way by meaning: what became of `base` on either side, in one graph without faults. Where both changed the same, `choose`
 * decides, by default for mine. Graphs without faults are expected; without clashes it does not matter which side is whose.
 */
export function mergeGraphs(base: Graph, mine: Graph, theirs: Graph, choose: Choose = MINE): Merged {
  const desk = openDesk(choose);
  return { graph: mergeOn(desk, base, mine, theirs), clashes: desk.clashes };
}

/** As {@link mergeGraphs}, with the clashes brought to a desk that others use, too. */
export function mergeOn(desk: Desk, base: Graph, mine: Graph, theirs: Graph): Graph {
  const nodes = mergeNodes(desk, base, mine, theirs);
  settleGroups(desk, nodes, base, mine, theirs);
  settleNames(desk, nodes, base, mine, theirs);
  const edges = mergeWires(desk, nodes, base, mine, theirs);
  const sorted = edges.toSorted((a, b) => a.id < b.id ? -1 : 1);
  return { nodes: [...nodes.values()].sort((a, b) => a.id < b.id ? -1 : 1), edges: sorted };
}

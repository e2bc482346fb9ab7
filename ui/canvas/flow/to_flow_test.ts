import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps, grow } from "../../../shared/canvas/arbitrary.ts";
import { bordersOf, NO_BORDER } from "../../../shared/canvas/border.ts";
import type { Graph } from "../../../shared/canvas/graph.ts";
import { drawnAs, nodesById } from "../../../shared/canvas/levels.ts";
import { INPUTS, OUTPUTS } from "./boundary_place.ts";
import { toEdges, toNodes } from "./to_flow.ts";

const none: ReadonlySet<string> = new Set();

/** Any film, with some of its groups folded. */
const anyFilm = fc.tuple(anySteps, fc.boolean(), fc.boolean()).map(([steps, one, other]): Graph => {
  const { nodes, edges } = grow(steps);
  const folded: Record<string, boolean> = { n10: one, n11: other };
  return {
    nodes: nodes.map((node) => node.type === "group" ? { ...node, collapsed: folded[node.id]! } : node),
    edges,
  };
});

Deno.test("on every level each wire that is seen is drawn once, from a port that is there to a port that is there", () => {
  fc.assert(fc.property(anyFilm, (graph) => {
    const byId = nodesById(graph.nodes);
    const borders = bordersOf(graph);
    for (
      const level of [
        null,
        ...graph.nodes.filter((node) => node.type === "group").map((node) => node.id),
      ]
    ) {
      const drawn = (id: string) => drawnAs(byId, id, level);
      const seen = graph.edges.filter((edge) => drawn(edge.source) !== drawn(edge.target));
      const edges = toEdges({ graph, level, chosen: none });
      assert.deepEqual(
        edges.flatMap((edge) => edge.data!.wires).sort(),
        seen.map((edge) => edge.id).sort(),
      );
      const border = level === null ? NO_BORDER : borders.get(level) ?? NO_BORDER;
      const nodes = new Set(toNodes({ graph, level, border, chosen: none }).map((node) => node.id));
      for (const { source, sourceHandle, target, targetHandle } of edges) {
        assert.ok(nodes.has(source) && nodes.has(target), "both ends are drawn");
        const ports = (id: string) => id === INPUTS || id === OUTPUTS ? border : borders.get(id);
        if (sourceHandle!.includes(":")) {
          const { inputs = [], outputs = [] } = ports(source) ?? {};
          assert.ok((source === INPUTS ? inputs : outputs).some((port) => port.id === sourceHandle));
        }
        if (targetHandle!.includes(":")) {
          const { inputs = [], outputs = [] } = ports(target) ?? {};
          assert.ok((target === OUTPUTS ? outputs : inputs).some((port) => port.id === targetHandle));
        }
      }
    }
  }));
});

Deno.test("what did not change keeps its object, so that nothing is drawn for it", () => {
  fc.assert(fc.property(anyFilm, (graph) => {
    const scene = { graph, level: null, chosen: none };
    const nodes = toNodes(scene), edges = toEdges(scene);
    assert.equal(toNodes(scene, nodes), nodes);
    assert.equal(toEdges(scene, edges), edges);
  }));
});

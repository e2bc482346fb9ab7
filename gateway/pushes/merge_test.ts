import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps } from "../../shared/canvas/arbitrary.ts";
import { type CanvasNode, EMPTY_GRAPH, Graph } from "../../shared/canvas/graph.ts";
import { applyOperations, graphFaults, type Operation } from "../../shared/canvas/operations.ts";
import { mergeGraphs } from "./merge.ts";

/** What remains of the steps when those that cannot be taken are left out. */
function grow(graph: Graph, steps: Operation[]): Graph {
  return steps.reduce((now, step) => {
    const applied = applyOperations(now, [step]);
    return applied.ok ? applied.graph : now;
  }, graph);
}

function apply(graph: Graph, operations: Operation[]): Graph {
  const applied = applyOperations(graph, operations);
  assert.ok(applied.ok, applied.ok ? "" : applied.message);
  return applied.graph;
}

const sorted = ({ nodes, edges }: Graph) => ({
  nodes: nodes.toSorted((a, b) => a.id < b.id ? -1 : 1),
  edges: edges.toSorted((a, b) => a.id < b.id ? -1 : 1),
});

Deno.test("whatever is pushed onto whatever is open: it applies, the graph is whole, twice is once", () => {
  fc.assert(
    fc.property(anySteps, anySteps, anySteps, (start, theirs, ours) => {
      const before = grow(EMPTY_GRAPH, start);
      const after = grow(before, theirs);
      const live = grow(before, ours);
      const { operations, left } = mergeGraphs(before, after, live);
      const merged = apply(live, operations);
      assert.deepEqual(graphFaults(merged), []);
      assert.deepEqual(mergeGraphs(before, before, live), { operations: [], left: [] });
      const again = mergeGraphs(before, after, merged).operations;
      if (left.length === 0) assert.deepEqual(sorted(apply(merged, again)), sorted(merged));
      else apply(merged, again);
    }),
    { numRuns: 150 },
  );
});

Deno.test("a push onto a canvas at rest is taken as it is, unless names change hands in between", () => {
  fc.assert(
    fc.property(anySteps, anySteps, (start, theirs) => {
      const before = grow(EMPTY_GRAPH, start);
      const after = grow(before, theirs);
      const { operations, left } = mergeGraphs(before, after, before);
      if (left.length === 0) assert.deepEqual(sorted(apply(before, operations)), sorted(after));
    }),
    { numRuns: 150 },
  );
});

const note = (id: string, more: Partial<CanvasNode> = {}) => ({
  id,
  type: "note",
  title: id.toUpperCase(),
  position: { x: 0, y: 0 },
  text: "",
  ...more,
});
const graph = (...nodes: unknown[]) => Graph.parse({ nodes, edges: [] });

Deno.test("of a node that both changed, each field goes to who changed it; the same field stays here", () => {
  const before = graph(note("a"));
  const after = graph({ ...note("a"), text: "pushed", position: { x: 5, y: 5 } });
  const live = graph({ ...note("a"), text: "typed", title: "Here" });
  const { operations, left } = mergeGraphs(before, after, live);
  assert.deepEqual(operations, [{ op: "update_node", id: "a", set: { position: { x: 5, y: 5 } } }]);
  assert.deepEqual(left, [{
    sentence: '"Here" keeps its own text: changed in the push and here.',
    node_id: "a",
  }]);
});

Deno.test("a runner's inputs merge one by one", () => {
  const pipe = (params: Record<string, unknown>) =>
    graph({ id: "p", type: "pipeline", title: "P", position: { x: 0, y: 0 }, params });
  const { operations } = mergeGraphs(
    pipe({ a: 1, b: 1, c: 1 }),
    pipe({ a: 2, b: 1 }),
    pipe({ a: 1, b: 9, c: 1 }),
  );
  assert.deepEqual(operations, [{ op: "update_node", id: "p", set: { params: { a: 2, b: 9 } } }]);
});

Deno.test("what was removed there and changed here stays; what was changed there and removed here is told", () => {
  const before = graph(note("a"), note("b"), note("c"));
  const after = graph({ ...note("c"), text: "pushed" });
  const live = graph({ ...note("a"), text: "typed" }, note("b"));
  const { operations, left } = mergeGraphs(before, after, live);
  assert.deepEqual(operations, [{ op: "remove_node", id: "b" }]);
  assert.deepEqual(left.map((each) => each.sentence), [
    '"A" stays: it was changed here since.',
    '"C" was changed in the push and removed here.',
  ]);
});

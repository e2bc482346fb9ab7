import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps } from "../arbitrary.ts";
import { type CanvasNode, EMPTY_GRAPH, Graph } from "../graph.ts";
import { applyOperations, graphFaults, type Operation } from "../operations.ts";
import type { Clash, Side } from "./clash.ts";
import { mergeGraphs } from "./merge.ts";

/** What remains of the steps when those that cannot be taken are left out. */
function grow(graph: Graph, steps: Operation[]): Graph {
  return steps.reduce((now, step) => {
    const applied = applyOperations(now, [step]);
    return applied.ok ? applied.graph : now;
  }, graph);
}

const sorted = ({ nodes, edges }: Graph) => ({
  nodes: nodes.toSorted((a, b) => a.id < b.id ? -1 : 1),
  edges: edges.toSorted((a, b) => a.id < b.id ? -1 : 1),
});

/** A start and what two people made of it. */
const anyThree = fc.tuple(anySteps, anySteps, anySteps).map(([start, ours, others]) => {
  const base = grow(EMPTY_GRAPH, start);
  return { base, mine: grow(base, ours), theirs: grow(base, others) };
});
const RUNS = { numRuns: 150 };

Deno.test("what one side did alone is the merge, whichever side it was", () => {
  fc.assert(
    fc.property(anyThree, ({ base, mine }) => {
      for (const merged of [mergeGraphs(base, mine, base), mergeGraphs(base, base, mine)]) {
        assert.deepEqual(merged, { graph: sorted(mine), clashes: [] });
      }
      assert.deepEqual(mergeGraphs(base, mine, mine), { graph: sorted(mine), clashes: [] });
    }),
    RUNS,
  );
});

Deno.test("without clashes it does not matter which side is whose", () => {
  fc.assert(
    fc.property(anyThree, ({ base, mine, theirs }) => {
      const one = mergeGraphs(base, mine, theirs), other = mergeGraphs(base, theirs, mine);
      assert.equal(one.clashes.length === 0, other.clashes.length === 0);
      if (one.clashes.length === 0) assert.deepEqual(one.graph, other.graph);
    }),
    RUNS,
  );
});

Deno.test("whatever is chosen, the graph has no faults, and each clash is there once", () => {
  fc.assert(
    fc.property(anyThree, fc.infiniteStream(fc.constantFrom<Side>("mine", "theirs")), (three, sides) => {
      const chosen = new Map<string, Side>();
      const choose = ({ id }: Clash) => {
        if (!chosen.has(id)) chosen.set(id, sides.next().value);
        return chosen.get(id)!;
      };
      const { base, mine, theirs } = three;
      const { graph, clashes } = mergeGraphs(base, mine, theirs, choose);
      assert.deepEqual(graphFaults(graph), []);
      assert.deepEqual(Graph.parse(graph), graph);
      assert.equal(new Set(clashes.map((clash) => clash.id)).size, clashes.length);
    }),
    RUNS,
  );
});

Deno.test("merged once more it stays as it is", () => {
  fc.assert(
    fc.property(anyThree, ({ base, mine, theirs }) => {
      const { graph, clashes } = mergeGraphs(base, mine, theirs);
      const again = mergeGraphs(base, graph, theirs);
      if (clashes.length === 0) assert.deepEqual(again.graph, graph);
      assert.deepEqual(graphFaults(again.graph), []);
    }),
    RUNS,
  );
});

const node = (type: string, id: string, more: Record<string, unknown> = {}) => ({
  id,
  type,
  title: id.toUpperCase(),
  position: { x: 0, y: 0 },
  ...more,
});
const note = (id: string, more: Partial<CanvasNode> = {}) => node("note", id, { text: "", ...more });
const graph = (...nodes: unknown[]) => Graph.parse({ nodes, edges: [] });
const theirs = () => "theirs" as const;
const inWords = (clashes: Clash[]) =>
  clashes.map(({ id, base, mine, theirs }) => ({ id, base, mine, theirs }));

Deno.test("of a node that both changed, each field goes to who changed it; the same field is a clash", () => {
  const base = graph(note("a"));
  const ours = graph({ ...note("a"), text: "typed", title: "Here" });
  const others = graph({ ...note("a"), text: "pushed", position: { x: 5, y: 5 } });
  const merged = mergeGraphs(base, ours, others);
  assert.deepEqual(
    merged.graph,
    graph({ ...note("a"), text: "typed", title: "Here", position: { x: 5, y: 5 } }),
  );
  assert.deepEqual(inWords(merged.clashes), [
    { id: "field:a:text", base: "", mine: "typed", theirs: "pushed" },
  ]);
  const chosen = mergeGraphs(base, ours, others, theirs);
  assert.equal((chosen.graph.nodes[0] as { text: string }).text, "pushed");
});

Deno.test("a runner's inputs merge one by one", () => {
  const pipe = (params: Record<string, unknown>) => graph(node("pipeline", "p", { params }));
  const { graph: merged, clashes } = mergeGraphs(
    pipe({ a: 1, b: 1, c: 1, d: 1 }),
    pipe({ a: 1, b: 9, c: 1, d: 2 }),
    pipe({ a: 2, b: 1, d: 3 }),
  );
  assert.deepEqual((merged.nodes[0] as { params: unknown }).params, { a: 2, b: 9, d: 2 });
  assert.deepEqual(inWords(clashes), [{ id: "field:p:params.d", base: 1, mine: 2, theirs: 3 }]);
});

Deno.test("what one side removed and the other let be goes; what it changed or used is asked for", () => {
  const base = graph(note("a"), note("b"), note("c"), node("group", "g"));
  const ours = graph({ ...note("a"), text: "typed" }, note("b"), node("group", "g"));
  const others = graph({ ...note("c"), text: "pushed" });
  others.nodes.push({ ...node("note", "new", { text: "" }) } as CanvasNode);
  const filled = graph(...ours.nodes, note("in", { parent: "g" } as Partial<CanvasNode>));
  const merged = mergeGraphs(base, filled, others);
  assert.deepEqual(merged.graph.nodes.map(({ id }) => id), ["a", "g", "in", "new"]);
  assert.deepEqual(merged.clashes.map(({ id }) => id), ["node:a", "node:c", "node:g"]);
  const chosen = mergeGraphs(base, filled, others, theirs);
  assert.deepEqual(chosen.graph.nodes.map(({ id, parent }) => [id, parent]), [
    ["c", undefined],
    ["in", undefined],
    ["new", undefined],
  ]);
});

Deno.test("both sides made a SHOT-030: one keeps the name, the other gets the next that is free", () => {
  const shot = (id: string) => node("shot", id, { shot: "SHOT-030" });
  const [ours, others] = [graph(shot("x")), graph(shot("y"))];
  const names = (merged: Graph) => merged.nodes.map((each) => (each as { shot: string }).shot);
  const merged = mergeGraphs(EMPTY_GRAPH, ours, others);
  assert.deepEqual(names(merged.graph), ["SHOT-030", "SHOT-031"]);
  assert.deepEqual(merged.clashes.map(({ kind, node_id }) => [kind, node_id]), [["name", "y"]]);
  assert.deepEqual(names(mergeGraphs(EMPTY_GRAPH, ours, others, theirs).graph), ["SHOT-031", "SHOT-030"]);
});

Deno.test("each side put another shot between: the chain is one side's, and all shots are there", () => {
  const shots = ["a", "b", "c", "d"].map((id, at) => node("shot", id, { shot: `SHOT-0${at + 1}0` }));
  const wire = (source: string, target: string) => ({
    id: source + target,
    source,
    source_port: "shot",
    target,
    target_port: "previous",
  });
  const film = (nodes: unknown[], ...wires: string[]) =>
    Graph.parse({ nodes, edges: wires.map((each) => wire(each[0]!, each[1]!)) });
  const base = film(shots.slice(0, 2), "ab");
  const ours = film([shots[0], shots[1], shots[2]], "ac", "cb");
  const others = film([shots[0], shots[1], shots[3]], "ad", "db");
  const merged = mergeGraphs(base, ours, others);
  assert.deepEqual(merged.graph.edges.map(({ id }) => id), ["ac", "cb"]);
  assert.deepEqual(merged.clashes.map(({ id }) => id), ["fit:ad", "fit:db"]);
  const chosen = mergeGraphs(base, ours, others, theirs);
  assert.deepEqual(chosen.graph.edges.map(({ id }) => id), ["ad", "db"]);
  assert.equal(chosen.graph.nodes.length, 4);
});

Deno.test("two groups put into each other: one of the two stays where it was", () => {
  const base = graph(node("group", "g"), node("group", "h"));
  const ours = graph(node("group", "g", { parent: "h" }), node("group", "h"));
  const others = graph(node("group", "g"), node("group", "h", { parent: "g" }));
  const parents = (merged: Graph) => merged.nodes.map(({ parent }) => parent);
  assert.deepEqual(parents(mergeGraphs(base, ours, others).graph), ["h", undefined]);
  assert.deepEqual(parents(mergeGraphs(base, ours, others, theirs).graph), [undefined, "g"]);
});

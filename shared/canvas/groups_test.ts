import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps, grow } from "./arbitrary.ts";
import { CanvasNode, type Graph, Graph as GraphSchema, type NodeOf } from "./graph.ts";
import {
  type Box,
  frameAround,
  groupThem,
  homeOf,
  outsideIn,
  ungroup,
  withContents,
  withInnerGroups,
} from "./groups.ts";
import { applyOperations, graphFaults } from "./operations.ts";

const note = (id: string, x: number, y: number, parent?: string) => ({
  id,
  type: "note",
  title: id,
  position: { x, y },
  ...(parent ? { parent } : {}),
});
const group = (id: string, parent?: string, collapsed = false) =>
  CanvasNode.parse({
    id,
    type: "group",
    title: id,
    position: { x: 0, y: 0 },
    collapsed,
    ...(parent ? { parent } : {}),
  }) as NodeOf<"group">;
const graphOf = (...nodes: unknown[]): Graph => GraphSchema.parse({ nodes });
const boxOf = (node: CanvasNode): Box => ({
  ...node.position,
  ...(node.size ?? { width: 100, height: 50 }),
});
const parents = (graph: Graph) => Object.fromEntries(graph.nodes.map((node) => [node.id, node.parent]));
function apply(graph: Graph, operations: Parameters<typeof applyOperations>[1]): Graph {
  const applied = applyOperations(graph, operations);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.graph;
}

Deno.test("what is grouped lies in a frame around it, and ungrouping leaves it where it was", () => {
  const before = graphOf(note("a", 0, 0), note("b", 300, 200), note("c", 900, 0));
  const grouped = apply(before, groupThem(before, new Set(["a", "b"]), group("g"), boxOf));
  assert.deepEqual(parents(grouped), { a: "g", b: "g", c: undefined, g: undefined });
  const frame = grouped.nodes.find((node) => node.id === "g")! as NodeOf<"group">;
  assert.deepEqual(boxOf(frame), frameAround([boxOf(before.nodes[0]!), boxOf(before.nodes[1]!)]));
  assert.deepEqual(apply(grouped, ungroup(grouped, [frame])), before);
});

Deno.test("groups in groups keep their order, inwards and outwards", () => {
  const before = graphOf(
    group("outer"),
    group("inner", "outer"),
    note("a", 0, 0, "inner"),
    note("b", 0, 99, "outer"),
  );
  assert.deepEqual([...withContents(before, ["outer"])], ["outer", "inner", "a", "b"]);
  const grouped = apply(before, groupThem(before, new Set(["inner", "a", "b"]), group("g"), boxOf));
  assert.deepEqual(parents(grouped), { outer: undefined, inner: "g", a: "inner", b: "g", g: "outer" });
  const inner = grouped.nodes.find((node) => node.id === "inner") as NodeOf<"group">;
  assert.equal(parents(apply(grouped, ungroup(grouped, [inner]))).a, "g");
});

Deno.test("whatever the order of nodes, each can be added after its group", () => {
  const graph = graphOf(note("a", 0, 0, "inner"), group("inner", "outer"), group("outer"), note("b", 0, 0));
  const operations = outsideIn(graph.nodes).map((node) => ({ op: "add_node", node }) as const);
  assert.deepEqual(parents(apply(graphOf(), operations)), parents(graph));
});

Deno.test("a node that is dropped belongs to the smallest frame around its middle", () => {
  const framed = (id: string, width: number, collapsed = false) => ({
    ...group(id, undefined, collapsed),
    size: { width, height: width },
  });
  const graph = graphOf(
    framed("large", 500),
    framed("small", 200),
    framed("shut", 150, true),
    note("in", 50, 50),
    note("edge", 300, 300),
    note("out", 460, 50),
  );
  const home = (id: string) => homeOf(graph, graph.nodes.find((node) => node.id === id)!, boxOf);
  assert.deepEqual([home("in"), home("edge"), home("out"), home("small")], ["small", "large", null, null]);
  const shut = graph.nodes.find((node) => node.id === "shut")!;
  assert.equal(homeOf(graph, shut, boxOf), "small", "a folded group is dropped like any card");
});

Deno.test("on the inside of a group only its own frames count, and all else belongs to the group", () => {
  const framed = (id: string, parent: string | undefined, x: number) => ({
    ...group(id, parent),
    position: { x, y: 0 },
    size: { width: 200, height: 200 },
  });
  const graph = graphOf(
    { ...group("level"), collapsed: true },
    framed("own", "level", 0),
    framed("elsewhere", undefined, 400),
    note("a", 50, 50, "level"),
    note("b", 450, 50, "level"),
  );
  const home = (id: string) => homeOf(graph, graph.nodes.find((node) => node.id === id)!, boxOf, "level");
  assert.deepEqual([home("a"), home("b")], ["own", "level"]);
});

Deno.test("groups that are dissolved leave their nodes to the next group around", () => {
  const graph = graphOf(
    group("outer"),
    group("middle", "outer"),
    group("inner", "middle"),
    note("a", 0, 0, "inner"),
    note("b", 0, 0, "middle"),
    note("c", 0, 0, "outer"),
  );
  const dissolved = apply(graph, ungroup(graph, withInnerGroups(graph, ["middle"])));
  assert.deepEqual(parents(dissolved), { outer: undefined, a: "outer", b: "outer", c: "outer" });
});

Deno.test("whatever is grouped and ungrouped again lies, and is wired, as before", () => {
  fc.assert(fc.property(anySteps, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), (steps, picks) => {
    const before = grow(steps);
    fc.pre(before.nodes.length > 0);
    const ids = new Set(picks.map((pick) => before.nodes[pick % before.nodes.length]!.id));
    const grouped = apply(before, groupThem(before, ids, group("fresh"), boxOf));
    assert.deepEqual(graphFaults(grouped), []);
    assert.deepEqual(grouped.edges, before.edges);
    const fresh = grouped.nodes.find((node) => node.id === "fresh") as NodeOf<"group">;
    const after = apply(grouped, ungroup(grouped, [fresh]));
    assert.deepEqual(after.edges, before.edges);
    const places = (graph: Graph) => graph.nodes.map(({ id, position }) => [id, position]);
    assert.deepEqual(places(after), places(before));
    // Of one level, all is as it was; from several, the nodes are on the one that they share.
    const chosen = before.nodes.filter((node) => ids.has(node.id));
    if (new Set(chosen.map((node) => node.parent)).size === 1) assert.deepEqual(after, before);
  }));
});

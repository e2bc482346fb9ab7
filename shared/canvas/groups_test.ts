import assert from "node:assert/strict";
import { CanvasNode, type Graph, Graph as GraphSchema, type NodeOf } from "./graph.ts";
import {
  type Box,
  frameAround,
  groupThem,
  homeOf,
  outsideIn,
  shownAs,
  ungroup,
  withContents,
} from "./groups.ts";
import { applyOperations } from "./operations.ts";

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
  assert.deepEqual(apply(grouped, ungroup(grouped, frame)), before);
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
  assert.equal(parents(apply(grouped, ungroup(grouped, inner))).a, "g");
});

Deno.test("whatever the order of nodes, each can be added after its group", () => {
  const graph = graphOf(note("a", 0, 0, "inner"), group("inner", "outer"), group("outer"), note("b", 0, 0));
  const operations = outsideIn(graph.nodes).map((node) => ({ op: "add_node", node }) as const);
  assert.deepEqual(parents(apply(graphOf(), operations)), parents(graph));
});

Deno.test("what lies in a collapsed group is drawn as the outermost one", () => {
  const graph = graphOf(
    group("o", undefined, true),
    group("i", "o", true),
    note("a", 0, 0, "i"),
    note("b", 0, 0),
  );
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  assert.deepEqual(graph.nodes.map((node) => shownAs(nodes, node)), [null, "o", "o", null]);
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
});

import assert from "node:assert/strict";
import fc from "fast-check";
import * as Y from "yjs";
import { anySteps, grow } from "./arbitrary.ts";
import { CanvasNode, EMPTY_GRAPH, Graph, type NodeOf } from "./graph.ts";
import { ungroup } from "./groups.ts";
import { nodesById } from "./levels.ts";
import { writeGraph } from "./live/document.ts";
import { openView } from "./live/view.ts";
import { applyOperations, type Operation } from "./operations.ts";
import { demote, promote, promotedIn, promotedOfCopies, reorder } from "./promoted.ts";

const at = { position: { x: 0, y: 0 } };
const film = Graph.parse({
  nodes: [
    { id: "g", type: "group", title: "Look", ...at },
    { id: "h", type: "group", title: "Outer", ...at },
    { id: "s", type: "shot", title: "S", shot: "S", prompt: "Rain", parent: "g", ...at },
    { id: "n", type: "note", title: "N", parent: "g", ...at },
  ],
});
function apply(graph: Graph, ...operations: Operation[]): Graph {
  const applied = applyOperations(graph, operations);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.graph;
}
const set = (id: string, fields: Record<string, unknown>): Operation => ({
  op: "update_node",
  id,
  set: fields,
});
const groupOf = (graph: Graph, id: string) => graph.nodes.find((node) => node.id === id) as NodeOf<"group">;
const offers = (graph: Graph, id: string) =>
  promotedIn(nodesById(graph.nodes), groupOf(graph, id)).map(({ node, field, label }) =>
    `${label ?? field} of ${node.id}`
  );

Deno.test("a group offers fields of what lies in it, in the artist's order and words", () => {
  let graph = apply(film, set("g", { promoted: promote(groupOf(film, "g"), "s", "prompt", "Weather") }));
  graph = apply(graph, set("g", { promoted: promote(groupOf(graph, "g"), "s", "params.steps") }));
  graph = apply(graph, set("g", { promoted: promote(groupOf(graph, "g"), "n", "text") }));
  assert.deepEqual(offers(graph, "g"), ["Weather of s", "params.steps of s", "text of n"]);
  graph = apply(graph, set("g", { promoted: reorder(graph, groupOf(graph, "g"), "n.text", -1) }));
  assert.deepEqual(offers(graph, "g"), ["Weather of s", "text of n", "params.steps of s"]);
  graph = apply(graph, set("g", { promoted: demote(groupOf(graph, "g"), "n.text") }));
  assert.deepEqual(offers(graph, "g"), ["Weather of s", "params.steps of s"]);
  assert.deepEqual(promotedOfCopies(groupOf(graph, "g").promoted!, new Map([["s", "t"]])), {
    "t.prompt": { label: "Weather", rank: 0 },
    "t.params.steps": { rank: 2 },
  });
});

Deno.test("further up, the same field is offered again, and does not depend on the group between", () => {
  let graph = apply(film, set("g", { parent: "h", promoted: promote(groupOf(film, "g"), "s", "prompt") }));
  graph = apply(graph, set("h", { promoted: promote(groupOf(graph, "h"), "s", "prompt", "Weather") }));
  const flat = apply(graph, ...ungroup(graph, [groupOf(graph, "g")]));
  assert.deepEqual(offers(flat, "h"), ["Weather of s"]);
  assert.equal((flat.nodes.find((node) => node.id === "s") as NodeOf<"shot">).prompt, "Rain");
});

Deno.test("what moves out, goes, or has no such field is offered no more", () => {
  const graph = apply(film, set("g", { promoted: promote(groupOf(film, "g"), "s", "prompt") }));
  assert.deepEqual(groupOf(apply(graph, set("s", { parent: null })), "g").promoted, {});
  assert.deepEqual(groupOf(apply(graph, { op: "remove_node", id: "s" }), "g").promoted, {});
  assert.deepEqual(
    groupOf(apply(graph, set("g", { promoted: { "n.prompt": { rank: 0 } } })), "g").promoted,
    {},
  );
  assert.equal(applyOperations(graph, [set("g", { promoted: { "no key": { rank: 0 } } })]).ok, false);
});

Deno.test("whatever is done, a group offers only fields that nodes in it have", () => {
  const node = (id: string, type: string, more: object = {}): Operation => ({
    op: "add_node",
    node: CanvasNode.parse({ id, type, title: id, ...at, ...more }),
  });
  // The ids are those that the steps below meet.
  const begin = [
    node("n10", "group"),
    node("n11", "group", { parent: "n10" }),
    node("n5", "shot", { shot: "A", parent: "n11" }),
    node("n12", "note", { parent: "n10" }),
    set("n11", { promoted: { "n5.prompt": { rank: 0 } } }),
    set("n10", { promoted: { "n5.prompt": { rank: 0, label: "Weather" }, "n12.text": { rank: 1 } } }),
  ];
  assert.deepEqual(offers(grow(begin), "n10"), ["Weather of n5", "text of n12"]);
  fc.assert(fc.property(anySteps, (steps) => {
    const graph = grow([...begin, ...steps]);
    const nodes = nodesById(graph.nodes);
    for (const node of graph.nodes) {
      if (node.type !== "group") continue;
      assert.equal(promotedIn(nodes, node).length, Object.keys(node.promoted ?? {}).length);
    }
  }));
});

Deno.test("two people promote to one group at once, and it offers both; also to one that never offered anything", () => {
  const one = new Y.Doc(), two = new Y.Doc();
  writeGraph(one, EMPTY_GRAPH, film, "own");
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
  const promoteIn = (doc: Y.Doc, node: string, field: string) => {
    using view = openView(doc);
    const graph = view.graph();
    writeGraph(
      doc,
      graph,
      apply(graph, set("g", { promoted: promote(groupOf(graph, "g"), node, field) })),
      "own",
    );
  };
  promoteIn(one, "s", "seed");
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
  promoteIn(one, "s", "prompt");
  promoteIn(two, "n", "text");
  Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
  using view = openView(one);
  assert.deepEqual(view.faults(), []);
  assert.equal(offers(view.graph(), "g").length, 3);
  using other = openView(two);
  assert.deepEqual(other.graph(), view.graph());
});

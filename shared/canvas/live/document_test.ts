import assert from "node:assert/strict";
import fc from "fast-check";
import * as Y from "yjs";
import { anySteps } from "../arbitrary.ts";
import { EMPTY_GRAPH, Graph } from "../graph.ts";
import { applyOperations, type Operation } from "../operations.ts";
import { nodesOf, writeGraph } from "./document.ts";
import { openView } from "./view.ts";

/** A person's copy: takes what can be taken, one gesture each, and keeps what Yjs wrote. */
function person() {
  const doc = new Y.Doc();
  const view = openView(doc);
  const updates: Uint8Array[] = [];
  doc.on("update", (data: Uint8Array, origin: unknown) => {
    if (origin === "own") updates.push(data);
  });
  return {
    doc,
    view,
    updates,
    do(operations: Operation[]) {
      for (const operation of operations) {
        const applied = applyOperations(view.graph(), [operation]);
        if (applied.ok) writeGraph(doc, view.graph(), applied.graph, "own");
      }
    },
  };
}

const sorted = (graph: Graph) => {
  const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
  return { nodes: graph.nodes.toSorted(byId), edges: graph.edges.toSorted(byId) };
};

Deno.test("what is written step by step is read as the graph that the steps make", () => {
  fc.assert(fc.property(anySteps, (operations) => {
    const one = person();
    one.do(operations);
    let graph = EMPTY_GRAPH;
    for (const operation of operations) {
      const applied = applyOperations(graph, [operation]);
      if (applied.ok) graph = applied.graph;
    }
    assert.deepEqual(one.view.graph(), sorted(graph));
    assert.deepEqual(one.view.faults(), []);
    assert.deepEqual(openView(one.doc).graph(), one.view.graph(), "read anew it is the same");
  }));
});

Deno.test("two documents that got the same updates in different orders are exported in the same bytes", () => {
  fc.assert(
    fc.property(anySteps, anySteps, fc.infiniteStream(fc.nat()), (first, second, chance) => {
      const one = person(), two = person();
      one.do(first);
      two.do(second);
      const updates = [...one.updates, ...two.updates];
      const shuffled = updates.map((update) => ({ update, at: chance.next().value as number }))
        .sort((a, b) => a.at - b.at).map(({ update }) => update);
      const a = new Y.Doc(), b = new Y.Doc();
      const seen = openView(a);
      for (const update of updates) Y.applyUpdate(a, update);
      for (const update of shuffled) Y.applyUpdate(b, update);
      const bytes = JSON.stringify(openView(a).graph());
      assert.equal(JSON.stringify(openView(b).graph()), bytes);
      assert.equal(JSON.stringify(seen.graph()), bytes, "a view that followed says the same as a fresh one");
    }),
    { numRuns: 60 },
  );
});

Deno.test("two people set two parameters of one node, and both are kept, in one order", () => {
  const one = person(), two = person();
  const node = { id: "s", type: "pipeline", title: "P", position: { x: 0, y: 0 }, params: { steps: 20 } };
  writeGraph(one.doc, EMPTY_GRAPH, Graph.parse({ nodes: [node] }), "own");
  Y.applyUpdate(two.doc, one.updates[0]!);
  one.do([{ op: "update_node", id: "s", set: { params: { steps: 20, cfg: 7 } } }]);
  two.do([{ op: "update_node", id: "s", set: { params: { steps: 30, sampler: "euler" } } }]);
  for (const update of [...two.updates]) Y.applyUpdate(one.doc, update);
  for (const update of [...one.updates]) Y.applyUpdate(two.doc, update);
  const params = (who: typeof one) =>
    JSON.stringify((who.view.graph().nodes[0] as { params: unknown }).params);
  assert.equal(params(one), '{"cfg":7,"sampler":"euler","steps":30}');
  assert.equal(params(two), params(one));
  two.do([{ op: "update_node", id: "s", set: { params: { params: "a name" } } }]);
  assert.deepEqual(two.view.faults(), []);
  assert.equal(params(two), '{"params":"a name"}');
});

Deno.test("a node that did not change keeps its object, so that nothing is drawn for it", () => {
  const { doc, view } = person();
  const node = (id: string) => ({ id, type: "note", title: id, position: { x: 0, y: 0 } });
  const both = Graph.parse({ nodes: [node("a"), node("b")] });
  writeGraph(doc, EMPTY_GRAPH, both, "own");
  const [a, b] = view.graph().nodes;
  const moved = applyOperations(view.graph(), [{
    op: "update_node",
    id: "b",
    set: { position: { x: 9, y: 9 } },
  }]);
  assert.ok(moved.ok);
  writeGraph(doc, view.graph(), moved.graph, "own");
  assert.equal(view.graph().nodes[0], a);
  assert.notEqual(view.graph().nodes[1], b);
});

Deno.test("what is no canvas has faults: rubbish in nodes, strange roots, lists, NULs, wires to nowhere", () => {
  const faulty = (spoil: (doc: Y.Doc) => void) => {
    const doc = new Y.Doc();
    const view = openView(doc);
    writeGraph(
      doc,
      EMPTY_GRAPH,
      Graph.parse({ nodes: [{ id: "n", type: "note", title: "N", position: { x: 0, y: 0 } }] }),
      "own",
    );
    assert.deepEqual(view.faults(), []);
    spoil(doc);
    assert.ok(view.faults().length, spoil.toString());
  };
  const pipeline = (params: unknown) =>
    new Y.Map<unknown>(
      Object.entries({ type: "pipeline", title: "P", position: { x: 0, y: 0 }, params }),
    );
  const note = (doc: Y.Doc) => nodesOf(doc).get("n") as Y.Map<unknown>;
  faulty((doc) => nodesOf(doc).set("m", "no map"));
  faulty((doc) => nodesOf(doc).set("m", new Y.Map([["type", "bomb"]])));
  faulty((doc) => note(doc).set("surprise", 1));
  faulty((doc) => note(doc).set("position", { x: 0.5, y: 1 }));
  faulty((doc) => note(doc).set("title", new Y.Text("nested")));
  faulty((doc) => note(doc).set("text", "nul \0"));
  faulty((doc) => nodesOf(doc).set("p", pipeline({ steps: 20 })));
  faulty((doc) => nodesOf(doc).set("p", pipeline(new Y.Map([["steps", new Y.Text("nested")]]))));
  faulty((doc) => note(doc).set("text", "x".repeat(32_001)));
  faulty((doc) => nodesOf(doc).set("../../etc", new Y.Map([...note(doc).entries()])));
  faulty((doc) => doc.getMap("edges").set("e", "no wire"));
  faulty((doc) =>
    doc.getMap("edges").set("e", { source: "n", source_port: "a", target: "m", target_port: "b" })
  );
  faulty((doc) => doc.getMap("junk").set("a", 1));
  faulty((doc) => {
    // As somebody who has written a client of their own might.
    const twin = new Y.Doc();
    twin.getArray("nodes").push(["list"]);
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(twin));
  });
});

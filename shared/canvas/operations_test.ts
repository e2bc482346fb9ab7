import assert from "node:assert/strict";
import fc from "fast-check";
import { anyOperation, anySteps as steps, grow } from "./arbitrary.ts";
import { CanvasNode, EMPTY_GRAPH, Graph } from "./graph.ts";
import { applyOperations, graphFaults, type Operation } from "./operations.ts";

Deno.test("a graph that grew by accepted steps has no faults and is a graph by the schema", () => {
  fc.assert(fc.property(steps, (operations) => {
    const graph = grow(operations);
    assert.deepEqual(graphFaults(graph), []);
    assert.deepEqual(Graph.parse(graph), graph);
  }));
});

Deno.test("a step and its inverse leave the graph as it was", () => {
  fc.assert(fc.property(steps, anyOperation, (operations, operation) => {
    const before = grow(operations);
    const applied = applyOperations(before, [operation]);
    fc.pre(applied.ok);
    const back = applyOperations((applied as { graph: Graph }).graph, [
      ...inverse(before, operation),
      ...promotions(before),
    ]);
    assert.ok(back.ok);
    assert.deepEqual(sorted(back.graph), sorted(before));
  }));
});

Deno.test("of a list of steps all are taken, or none: the graph that was given never changes", () => {
  fc.assert(fc.property(steps, fc.array(anyOperation, { maxLength: 10 }), (operations, more) => {
    const graph = grow(operations);
    const copy = structuredClone(graph);
    const applied = applyOperations(graph, more);
    assert.deepEqual(graph, copy);
    if (!applied.ok) {
      assert.ok(applied.message.length > 0);
      assert.equal(
        applyOperations(graph, more.slice(0, applied.index)).ok,
        true,
        "the step named is the first refused",
      );
    }
  }));
});

Deno.test("removing a node takes its wires with it and frees what lay in it", () => {
  fc.assert(fc.property(steps, (operations) => {
    let graph = grow(operations);
    for (const { id } of graph.nodes) {
      const applied = applyOperations(graph, [{ op: "remove_node", id }]);
      assert.ok(applied.ok);
      graph = applied.graph;
      assert.deepEqual(graphFaults(graph), []);
    }
    assert.deepEqual(graph, EMPTY_GRAPH);
  }));
});

Deno.test("what lies in a group that is removed lies where the group lay", () => {
  const node = (id: string, type: "group" | "note", parent?: string): Operation => ({
    op: "add_node",
    node: CanvasNode.parse({ id, type, title: id, position: { x: 0, y: 0 }, ...(parent ? { parent } : {}) }),
  });
  const built = applyOperations(EMPTY_GRAPH, [
    node("outer", "group"),
    node("inner", "group", "outer"),
    node("n", "note", "inner"),
    { op: "remove_node", id: "inner" },
  ]);
  assert.ok(built.ok);
  assert.deepEqual(built.graph.nodes.map(({ id, parent }) => [id, parent]), [["outer", undefined], [
    "n",
    "outer",
  ]]);
});

Deno.test("a group cannot lie in itself, nor in a group that lies in it", () => {
  const group = (id: string, parent?: string) =>
    CanvasNode.parse({
      id,
      type: "group",
      title: id,
      position: { x: 0, y: 0 },
      ...(parent ? { parent } : {}),
    });
  const built = applyOperations(EMPTY_GRAPH, [
    { op: "add_node", node: group("a") },
    { op: "add_node", node: group("b", "a") },
    { op: "update_node", id: "a", set: { parent: "b" } },
  ]);
  assert.ok(!built.ok);
  assert.equal(built.index, 2);
});

Deno.test("groups in a circle are a fault each, and what lies in one of them does not send anybody round it", () => {
  const group = (id: string, parent: string) => ({
    id,
    type: "group",
    title: id,
    position: { x: 0, y: 0 },
    parent,
  });
  const graph = Graph.parse({
    nodes: [group("n", "a"), group("a", "b"), group("b", "a"), group("self", "self")],
  });
  assert.deepEqual(graphFaults(graph), Array(3).fill("A group cannot lie in itself."));
});

Deno.test("the largest canvas is checked and changed while nobody notices the wait", () => {
  // One asset that feeds 4,000 shots in one chain; quadratic code needs minutes for it.
  const count = 4000;
  const shot = (n: number) =>
    CanvasNode.parse({
      id: `s${n}`,
      type: "shot",
      title: "Shot",
      position: { x: n, y: 0 },
      shot: `SHOT-${n}`,
    });
  const wire = (
    id: string,
    source: string,
    source_port: string,
    target: string,
    target_port: string,
  ): Operation => ({
    op: "add_edge",
    edge: { id, source, source_port, target, target_port },
  });
  const asset = CanvasNode.parse({ id: "asset", type: "asset", title: "Keeper", position: { x: 0, y: 0 } });
  const steps: Operation[] = [{ op: "add_node", node: asset }];
  for (let n = 0; n < count; n++) {
    steps.push({ op: "add_node", node: shot(n) }, wire(`a${n}`, "asset", "asset", `s${n}`, "assets"));
    if (n > 0) steps.push(wire(`p${n}`, `s${n - 1}`, "shot", `s${n}`, "previous"));
  }
  const built = applyOperations(EMPTY_GRAPH, steps);
  assert.ok(built.ok);
  assert.deepEqual(graphFaults(built.graph), []);
  const circle = applyOperations(built.graph, [wire("back", `s${count - 1}`, "shot", "s0", "previous")]);
  assert.ok(!circle.ok);
});

Deno.test("names that mean something to JavaScript are only names", () => {
  for (const id of ["__proto__", "constructor", "toString"]) {
    const applied = applyOperations(EMPTY_GRAPH, [{ op: "update_node", id, set: {} }]);
    assert.ok(!applied.ok);
  }
});

/** What groups offer: a step that takes a node out of one takes that, too. */
function promotions(before: Graph): Operation[] {
  return before.nodes.flatMap((node) =>
    node.type === "group" && node.promoted
      ? [{ op: "update_node", id: node.id, set: { promoted: node.promoted } } as const]
      : []
  );
}

/** What takes a step back, given the graph before it. */
function inverse(before: Graph, operation: Operation): Operation[] {
  switch (operation.op) {
    case "add_node":
      return [{ op: "remove_node", id: operation.node.id }];
    case "add_edge":
      return [{ op: "remove_edge", id: operation.edge.id }];
    case "remove_edge":
      return [{ op: "add_edge", edge: before.edges.find((edge) => edge.id === operation.id)! }];
    case "update_node": {
      const node = before.nodes.find((each) => each.id === operation.id)! as unknown as Record<
        string,
        unknown
      >;
      return [{
        op: "update_node",
        id: operation.id,
        set: Object.fromEntries(Object.keys(operation.set).map((key) => [key, node[key] ?? null])),
      }];
    }
    case "remove_node": {
      const { id } = operation;
      return [
        { op: "add_node", node: before.nodes.find((node) => node.id === id)! },
        ...before.nodes.filter((node) => node.parent === id)
          .map((node): Operation => ({ op: "update_node", id: node.id, set: { parent: id } })),
        ...before.edges.filter((edge) => edge.source === id || edge.target === id)
          .map((edge): Operation => ({ op: "add_edge", edge })),
      ];
    }
  }
}

function sorted(graph: Graph): Graph {
  const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
  return { nodes: graph.nodes.toSorted(byId), edges: graph.edges.toSorted(byId) };
}

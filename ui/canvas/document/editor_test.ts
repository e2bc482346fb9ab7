import assert from "node:assert/strict";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import * as Y from "yjs";
import { createEditor } from "./editor.ts";

/** Two people and a studio between them that takes everything, unless told otherwise. */
function twoPeople() {
  const studio = new Y.Doc();
  const open = () => {
    const said: string[] = [];
    const editor = createEditor((message) => said.push(message));
    editor.sync(Y.encodeStateAsUpdate(studio));
    return Object.assign(editor, { said });
  };
  const one = open(), two = open();
  const deliver = (from: typeof one, to: typeof one) => {
    while (from.waiting.value.length) {
      const { update } = from.waiting.value[0]!;
      Y.applyUpdate(studio, update);
      to.take(update);
      from.taken();
    }
  };
  return {
    studio,
    one,
    two,
    settle() {
      deliver(one, two);
      deliver(two, one);
      assert.deepEqual(one.graph.value, two.graph.value);
    },
  };
}

const shot = (id: string, more: Record<string, unknown> = {}): Operation => ({
  op: "add_node",
  node: {
    id,
    type: "shot",
    title: id,
    position: { x: 0, y: 0 },
    shot: `SHOT-${id}`,
    prompt: "",
    negative_prompt: "",
    seed: 0,
    seed_locked: false,
    params: {},
    duration: 96,
    trim_in: 0,
    ...more,
  } as CanvasNode,
});
const set = (id: string, fields: Record<string, unknown>): Operation => ({
  op: "update_node",
  id,
  set: fields,
});
const wire = (id: string, source: string, target: string): Operation => ({
  op: "add_edge",
  edge: { id, source, source_port: "shot", target, target_port: "previous" },
});
const node = (graph: Graph, id: string) => graph.nodes.find((each) => each.id === id);
const prompt = (graph: Graph, id: string) => (node(graph, id) as { prompt: string }).prompt;

Deno.test("undo is one's own: it takes back a gesture and leaves what another did in between", () => {
  const { one, two, settle } = twoPeople();
  one.apply("Add two shots", [shot("10"), shot("20"), wire("e", "10", "20")]);
  settle();
  one.apply("Move 10", [set("10", { position: { x: 300, y: 40 } })]);
  settle();
  two.apply("Change the prompt", [set("10", { prompt: "Rain" })]);
  settle();
  assert.equal(one.undoLabel.value, "Move 10");
  one.undo();
  settle();
  assert.deepEqual(node(two.graph.value, "10")!.position, { x: 0, y: 0 });
  assert.equal(prompt(two.graph.value, "10"), "Rain");
  assert.equal(one.redoLabel.value, "Move 10");
  one.redo();
  settle();
  assert.deepEqual(node(two.graph.value, "10")!.position, { x: 300, y: 40 });
  assert.equal(two.undoLabel.value, "Change the prompt");
  one.undo();
  one.undo();
  settle();
  assert.deepEqual(one.graph.value, { nodes: [], edges: [] }, "two shots and a wire were one step");
  assert.equal(one.undoLabel.value, null);
});

Deno.test("a deletion that is undone brings back the node with its wires and another's words", () => {
  const { one, two, settle } = twoPeople();
  one.apply("Add", [shot("10"), shot("20"), wire("e", "10", "20")]);
  settle();
  two.apply("Prompt", [set("20", { prompt: "A hand on a rope" })]);
  settle();
  one.apply("Delete 20", [{ op: "remove_node", id: "20" }]);
  settle();
  assert.equal(two.graph.value.edges.length, 0);
  one.undo();
  settle();
  assert.equal(prompt(two.graph.value, "20"), "A hand on a rope");
  assert.equal(two.graph.value.edges.length, 1);
});

Deno.test("an undo does not overwrite what another has set since", () => {
  const { one, two, settle } = twoPeople();
  one.apply("Add", [shot("10")]);
  one.apply("Prompt", [set("10", { prompt: "Fog" })]);
  settle();
  two.apply("Prompt", [set("10", { prompt: "Storm" })]);
  settle();
  one.undo();
  settle();
  assert.equal(prompt(one.graph.value, "10"), "Storm");
  assert.match(one.said[0]!, /nothing left of "Prompt"/);
  assert.equal(one.undoLabel.value, "Add", "nor does it go on to the step before");
});

Deno.test("an undo takes with it the wire that another has drawn to what goes", () => {
  const { one, two, settle } = twoPeople();
  two.apply("Add 20", [shot("20")]);
  settle();
  one.apply("Add 10", [shot("10")]);
  settle();
  two.apply("Connect", [wire("e", "10", "20")]);
  settle();
  one.undo();
  settle();
  assert.deepEqual(two.graph.value.nodes.map((each) => each.id), ["20"]);
  assert.deepEqual(two.graph.value.edges, []);
});

Deno.test("a step that another's work has made impossible is said and is none any more", () => {
  const { one, two, settle } = twoPeople();
  one.apply("Add 10", [shot("10")]);
  settle();
  one.apply("Delete 10", [{ op: "remove_node", id: "10" }]);
  settle();
  two.apply("Add another", [shot("other", { shot: "SHOT-10" })]);
  settle();
  one.undo();
  settle();
  assert.deepEqual(one.graph.value.nodes.map((each) => each.id), ["other"]);
  assert.match(one.said[0]!, /"Delete 10" cannot be taken back any more: .*SHOT-10/);
  assert.notEqual(one.undoLabel.value, "Delete 10");
});

Deno.test("a refused gesture is dropped, and what was done after it is done again", () => {
  const { one, studio } = twoPeople();
  one.apply("Add 10", [shot("10")]);
  one.apply("Prompt", [set("10", { prompt: "Fog" })]);
  one.apply("Add 20", [shot("20")]);
  one.refused("the name is taken.");
  assert.match(one.said[0]!, /"Add 10" was taken back: the name is taken/);
  one.apply("Add 30", [shot("30")]);
  assert.deepEqual(one.vector(), Y.encodeStateVector(new Y.Doc()), "it asks for everything");
  one.sync(Y.encodeStateAsUpdate(studio));
  assert.deepEqual(one.graph.value.nodes.map((each) => each.id), ["20", "30"]);
  assert.deepEqual(one.waiting.value.map((gesture) => gesture.label), ["Add 20", "Add 30"]);
  // What waits is whole by itself: the studio can take it.
  const fresh = new Y.Doc();
  for (const { update } of one.waiting.value) Y.applyUpdate(fresh, update);
  assert.equal(fresh.store.pendingStructs, null);
  assert.equal(fresh.getMap("nodes").size, 2);
});

Deno.test("what cannot be is said and changes nothing; what changes nothing is no step", () => {
  const { one } = twoPeople();
  assert.ok(one.apply("Add 10", [shot("10")]));
  assert.equal(one.apply("Add 10", [shot("10")]), false);
  assert.equal(one.said.length, 1);
  assert.equal(one.apply("Nothing", [set("10", { prompt: "" })]), false);
  assert.equal(one.waiting.value.length, 1);
  assert.equal(one.undoLabel.value, "Add 10");
});

Deno.test("what a gesture does outside the document is done, taken back and done again with it", () => {
  const { one, settle } = twoPeople();
  const chosen: string[] = [];
  const beside = { done: () => chosen.push("take 2"), undone: () => chosen.push("take 1") };
  one.apply("Add", [shot("10")]);
  assert.equal(one.apply("Conform", [set("10", { prompt: "Fog" })], beside), true);
  settle();
  one.undo();
  one.redo();
  one.undo();
  settle();
  assert.deepEqual(chosen, ["take 2", "take 1", "take 2", "take 1"]);
  assert.equal(prompt(one.graph.value, "10"), "");
  // Alone it is a step, too.
  assert.equal(one.apply("Choose", [], beside), true);
  settle();
  assert.equal(one.undoLabel.value, "Choose");
  one.undo();
  assert.deepEqual(chosen.slice(4), ["take 2", "take 1"]);
  assert.equal(one.undoLabel.value, "Add");
});

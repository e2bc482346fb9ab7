import assert from "node:assert/strict";
import fc from "fast-check";
import * as Y from "yjs";
import { anyOperation, anySteps } from "../../../shared/canvas/arbitrary.ts";
import { CanvasNode, type Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { createEditor } from "./editor.ts";

const note = (id: string, text = ""): Operation => ({
  op: "add_node",
  node: CanvasNode.parse({ id, type: "note", title: id, text, position: { x: 0, y: 0 } }),
});
const write = (id: string, text: string): Operation => ({ op: "update_node", id, set: { text } });
const texts = (graph: Graph) =>
  graph.nodes.map((node) => `${node.id}: ${"text" in node ? node.text : ""}`).join(", ");

/** An editor and a studio that takes what waits, or does not. */
function opened() {
  const studio = new Y.Doc();
  const said: string[] = [];
  const editor = createEditor((message) => said.push(message));
  editor.sync(Y.encodeStateAsUpdate(studio));
  return {
    editor,
    said,
    take() {
      while (editor.waiting.value.length) {
        Y.applyUpdate(studio, editor.waiting.value[0]!.update);
        editor.taken();
      }
    },
    refuse(message: string) {
      editor.refused(message);
      editor.sync(Y.encodeStateAsUpdate(studio));
    },
  };
}

Deno.test("whatever is done, undone to the beginning it is as it was, and redone to the end as it had become", () => {
  fc.assert(fc.property(anySteps, fc.array(fc.array(anyOperation, { maxLength: 5 })), (steps, gestures) => {
    const { editor } = opened();
    for (const operation of steps) editor.apply("Step", [operation]);
    const states = [editor.graph.value];
    for (const operations of gestures) {
      if (editor.apply("Gesture", operations)) states.push(editor.graph.value);
    }
    for (const state of states.slice(0, -1).reverse()) {
      void editor.undo();
      assert.deepEqual(editor.graph.value, state);
    }
    for (const state of states.slice(1)) {
      void editor.redo();
      assert.deepEqual(editor.graph.value, state);
    }
    assert.equal(editor.redoLabel.value, null);
  }));
});

Deno.test("a refused gesture is no step, and all that was done before and after it still can be undone", () => {
  const { editor, take, refuse, said } = opened();
  editor.apply("Add a", [note("a")]);
  editor.apply("Write a", [write("a", "fog")]);
  take();
  editor.apply("Add b", [note("b")]);
  editor.apply("Write a again", [write("a", "storm")]);
  refuse("nobody may add b.");
  assert.match(said[0]!, /"Add b" was taken back/);
  assert.equal(texts(editor.graph.value), "a: storm");
  take();
  assert.equal(editor.undoLabel.value, "Write a again");
  void editor.undo();
  assert.equal(texts(editor.graph.value), "a: fog");
  assert.equal(editor.undoLabel.value, "Write a");
  void editor.undo();
  assert.equal(texts(editor.graph.value), "a: ");
  void editor.undo();
  assert.equal(texts(editor.graph.value), "");
  for (let n = 0; n < 3; n++) void editor.redo();
  assert.equal(texts(editor.graph.value), "a: storm");
  take();
});

Deno.test("an undo that the studio refused can be tried again", () => {
  const { editor, take, refuse } = opened();
  editor.apply("Add a", [note("a")]);
  take();
  void editor.undo();
  refuse("the studio is asleep.");
  assert.equal(texts(editor.graph.value), "a: ");
  assert.deepEqual([editor.undoLabel.value, editor.redoLabel.value], ["Add a", null]);
  void editor.undo();
  take();
  assert.equal(texts(editor.graph.value), "");
  assert.equal(editor.redoLabel.value, "Add a");
});

Deno.test("what was done at the studio is a step among the others, and those after it wait for it", async () => {
  const { editor } = opened();
  let quality = "high";
  const set = async (value: string) => {
    await new Promise((done) => queueMicrotask(() => done(null)));
    quality = value;
    return true;
  };
  editor.apply("Add a", [note("a")]);
  editor.did("Quality High", { back: () => set("low"), again: () => set("high") });
  editor.apply("Write a", [write("a", "fog")]);
  void editor.undo();
  assert.equal(quality, "high");
  const both = [editor.undo(), editor.undo()];
  assert.equal(texts(editor.graph.value), "a: ", "the note goes after the quality");
  await Promise.all(both);
  assert.deepEqual([quality, texts(editor.graph.value)], ["low", ""]);
  await Promise.all([editor.redo(), editor.redo(), editor.redo()]);
  assert.deepEqual([quality, texts(editor.graph.value)], ["high", "a: fog"]);
  editor.did("Quality Low", { back: () => Promise.resolve(false), again: () => set("low") });
  await editor.undo();
  assert.deepEqual(
    [editor.undoLabel.value, editor.redoLabel.value],
    ["Write a", null],
    "it is no step any more",
  );
});

Deno.test("a group that another has put something into leaves it where the group lay", () => {
  const { editor } = opened();
  const group = (id: string, parent?: string): Operation => ({
    op: "add_node",
    node: CanvasNode.parse({
      id,
      type: "group",
      title: id,
      position: { x: 0, y: 0 },
      ...(parent ? { parent } : {}),
    }),
  });
  editor.apply("Begin", [group("outer"), note("a")]);
  editor.apply("Group", [group("g", "outer")]);
  const theirs = new Y.Doc();
  for (const { update } of editor.waiting.value) Y.applyUpdate(theirs, update);
  (theirs.getMap("nodes").get("a") as Y.Map<unknown>).set("parent", "g");
  editor.take(Y.encodeStateAsUpdate(theirs));
  void editor.undo();
  assert.deepEqual(editor.graph.value.nodes.map((node) => [node.id, node.parent]), [
    ["a", "outer"],
    ["outer", undefined],
  ]);
});

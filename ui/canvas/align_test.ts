import assert from "node:assert/strict";
import type { CanvasNode } from "../../shared/canvas/graph.ts";
import { aligned, distributed } from "./align.ts";

const note = (id: string, x: number, y: number) => ({ id, type: "note", position: { x, y } }) as CanvasNode;
const shot = (id: string, x: number, y: number) => ({ id, type: "shot", position: { x, y } }) as CanvasNode;

Deno.test("edges are brought onto the line of the outermost, middles between them", () => {
  // A note is 120 high, a shot 200; both are 208 wide.
  const nodes = [note("a", 0, 0), shot("b", 300, 40), note("c", 90, 500)];
  const places = (edge: Parameters<typeof aligned>[1]) =>
    aligned(nodes, edge).map(({ position }) => position);
  assert.deepEqual(places("left").map(({ x }) => x), [0, 0, 0]);
  assert.deepEqual(places("right").map(({ x }) => x), [300, 300, 300]);
  assert.deepEqual(places("bottom").map(({ y }) => y), [500, 420, 500]);
  assert.deepEqual(places("middle").map(({ y }) => y), [250, 210, 250]);
  assert.deepEqual(places("top").map(({ x }) => x), [0, 300, 90], "the other way nothing moves");
});

Deno.test("spreading makes the gaps alike and leaves the ends", () => {
  const nodes = [note("c", 1000, 0), note("a", 0, 0), shot("b", 210, 0)];
  assert.deepEqual(distributed(nodes, "x"), [{ id: "b", position: { x: 500, y: 0 } }]);
  assert.deepEqual(distributed(nodes.slice(1), "x"), [], "two have nothing between them");
});

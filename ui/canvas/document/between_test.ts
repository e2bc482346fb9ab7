import assert from "node:assert/strict";
import { Graph } from "../../../shared/canvas/graph.ts";
import { applyOperations } from "../../../shared/canvas/operations.ts";
import { operationsBetween } from "./between.ts";

Deno.test("groups in groups that were deleted come back, in whatever order they were made", () => {
  const node = (id: string, type: string, parent?: string) => ({
    id,
    type,
    title: id,
    position: { x: 0, y: 0 },
    ...(parent ? { parent } : {}),
  });
  const before = Graph.parse({
    nodes: [node("a", "note", "inner"), node("inner", "group", "outer"), node("outer", "group")],
  });
  const after = Graph.parse({ nodes: [] });
  const applied = applyOperations(after, operationsBetween(after, before));
  assert.ok(applied.ok, JSON.stringify(applied));
  const byId = (graph: Graph) => graph.nodes.toSorted((a, b) => a.id < b.id ? -1 : 1);
  assert.deepEqual(byId(applied.graph), byId(before));
});

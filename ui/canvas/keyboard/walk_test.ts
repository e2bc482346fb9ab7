import assert from "node:assert/strict";
import { CanvasNode, type Graph } from "../../../shared/canvas/graph.ts";
import { firstNode, nodeBeside, type Way } from "./walk.ts";

const note = (id: string, x: number, y: number, parent?: string) =>
  CanvasNode.parse({ id, type: "note", title: id, position: { x, y }, ...(parent ? { parent } : {}) });
const wire = (source: string, target: string) => ({
  id: `${source}-${target}`,
  source,
  source_port: "out",
  target,
  target_port: "in",
});

Deno.test("arrows follow the wires, and lead to what lies nearest where there is none", () => {
  const graph: Graph = {
    nodes: [
      note("far", 900, 400),
      note("start", 0, 0),
      note("near", 300, 10),
      note("below", 20, 200),
      CanvasNode.parse({
        id: "box",
        type: "group",
        title: "Box",
        position: { x: 0, y: 600 },
        collapsed: true,
      }),
      note("hidden", 0, 260, "box"),
    ],
    edges: [wire("start", "far")],
  };
  const shown = graph.nodes.filter((node) => node.id !== "hidden");
  const walk = (from: string, way: Way) =>
    nodeBeside(graph, shown, graph.nodes.find((node) => node.id === from)!, way)?.id ?? null;
  assert.equal(firstNode(graph, shown)?.id, "start");
  assert.equal(walk("start", "right"), "far");
  assert.equal(walk("far", "left"), "start");
  assert.equal(walk("near", "left"), "start");
  assert.equal(walk("start", "down"), "below");
  assert.equal(walk("below", "down"), "box");
  assert.equal(walk("start", "up"), null);
});

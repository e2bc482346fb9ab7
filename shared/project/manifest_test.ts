import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps } from "../canvas/arbitrary.ts";
import { EMPTY_GRAPH, type Graph } from "../canvas/graph.ts";
import { applyOperations } from "../canvas/operations.ts";
import { Manifest, writeManifest } from "./manifest.ts";

const anyGraph: fc.Arbitrary<Graph> = anySteps.map((operations) =>
  operations.reduce((graph, operation) => {
    const applied = applyOperations(graph, [operation]);
    return applied.ok ? applied.graph : graph;
  }, EMPTY_GRAPH)
);

const manifestOf = (canvas: Graph, more: Partial<Manifest> = {}): Manifest => ({
  schema: 1,
  uuid: "01938000-0000-7000-8000-000000000001",
  title: "The Lighthouse Keeper",
  created: "2026-01-02T03:04:05.678Z",
  description: "",
  quality: "standard",
  fps: "24",
  width: 1280,
  height: 720,
  canvas,
  shots: Object.fromEntries(
    canvas.nodes.flatMap((node) => "shot" in node ? [[node.shot, { node: node.id }]] : []),
  ),
  ...more,
});

Deno.test("what is written is read back as the same project", () => {
  fc.assert(fc.property(anyGraph, (canvas) => {
    const manifest = manifestOf(canvas);
    const read = Manifest.parse(JSON.parse(writeManifest(manifest)));
    const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : 1;
    assert.deepEqual(read, {
      ...manifest,
      canvas: { nodes: canvas.nodes.toSorted(byId), edges: canvas.edges.toSorted(byId) },
    });
  }));
});

Deno.test("writing what was read changes no byte", () => {
  fc.assert(fc.property(anyGraph, (canvas) => {
    const text = writeManifest(manifestOf(canvas));
    assert.equal(writeManifest(Manifest.parse(JSON.parse(text))), text);
  }));
});

Deno.test("the order in which people made things does not show", () => {
  fc.assert(fc.property(
    anyGraph.chain((canvas) =>
      fc.tuple(
        fc.constant(canvas),
        fc.shuffledSubarray(canvas.nodes, { minLength: canvas.nodes.length }),
        fc.shuffledSubarray(canvas.edges, { minLength: canvas.edges.length }),
      )
    ),
    ([canvas, nodes, edges]) => {
      const shuffled = {
        nodes: nodes.map((node) => Object.fromEntries(Object.entries(node).reverse()) as typeof node),
        edges: edges.map((edge) => Object.fromEntries(Object.entries(edge).reverse()) as typeof edge),
      };
      const { shots, ...rest } = manifestOf(canvas);
      const reversed = Object.fromEntries(Object.entries(shots).reverse());
      assert.equal(
        writeManifest({ ...rest, canvas: shuffled, shots: reversed }),
        writeManifest({ ...rest, canvas, shots }),
      );
    },
  ));
});

Deno.test("one logical change is a small diff", () => {
  fc.assert(
    fc.property(anyGraph, fc.nat(), fc.string({ minLength: 1, maxLength: 20 }), (canvas, pick, title) => {
      fc.pre(canvas.nodes.length > 0);
      const node = canvas.nodes[pick % canvas.nodes.length]!;
      const renamed = {
        ...canvas,
        nodes: canvas.nodes.map((each) => each === node ? { ...each, title } : each),
      };
      const before = writeManifest(manifestOf(canvas)).split("\n");
      const after = writeManifest(manifestOf(renamed)).split("\n");
      assert.equal(after.length, before.length);
      assert.ok(after.filter((line, index) => line !== before[index]).length <= 1);
    }),
  );
});

Deno.test("the file begins with what a person looks for and ends with a newline", () => {
  const text = writeManifest(manifestOf(EMPTY_GRAPH));
  assert.ok(
    text.startsWith('{\n  "schema": 1,\n  "uuid": "01938000-0000-7000-8000-000000000001",\n  "title": '),
  );
  assert.ok(text.endsWith("}\n"));
});

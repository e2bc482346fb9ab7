import assert from "node:assert/strict";
import fc from "fast-check";
import { shotsOf } from "./chain.ts";
import { CanvasNode, type Edge, type Graph } from "./graph.ts";

const node = (id: string, type: "shot" | "assembler") =>
  CanvasNode.parse({
    id,
    type,
    title: id,
    position: { x: 0, y: 0 },
    ...(type === "shot" ? { shot: id.toUpperCase() } : {}),
  });
const wire = (source: string, target: string, target_port: string): Edge => ({
  id: `${source}-${target}`,
  source,
  source_port: "shot",
  target,
  target_port,
});

/** A film of `count` shots, with a shot beside it that is not in it. */
function film(count: number): Graph {
  const ids = Array.from({ length: count }, (_, n) => `s${n}`);
  return {
    nodes: [...ids.map((id) => node(id, "shot")), node("outtake", "shot"), node("film", "assembler")],
    edges: [
      ...ids.slice(1).map((id, n) => wire(ids[n]!, id, "previous")),
      ...(count ? [wire(ids.at(-1)!, "film", "sequence")] : []),
    ],
  };
}

Deno.test("a film has its shots in the order of the chain, however the canvas lists them", () => {
  fc.assert(fc.property(
    fc.nat(30).chain((count) => {
      const graph = film(count);
      const shuffled = <T>(all: T[]) => fc.shuffledSubarray(all, { minLength: all.length });
      return fc.tuple(fc.constant(count), shuffled(graph.nodes), shuffled(graph.edges));
    }),
    ([count, nodes, edges]) => {
      const shots = shotsOf({ nodes, edges }, "film").map((shot) => shot.id);
      assert.deepEqual(shots, Array.from({ length: count }, (_, n) => `s${n}`));
    },
  ));
});

Deno.test("an assembler without a wire, or that is not there, is an empty film", () => {
  assert.deepEqual(shotsOf(film(0), "film"), []);
  assert.deepEqual(shotsOf(film(3), "nowhere"), []);
});

Deno.test("a circle that slipped in does not turn for ever", () => {
  const graph = film(3);
  graph.edges.push(wire("s2", "s0", "previous"));
  assert.equal(shotsOf(graph, "film").length, 3);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps, grow } from "./arbitrary.ts";
import { shotsOf, wiredShotsOf } from "./chain.ts";
import { createDraft } from "./draft.ts";
import { CanvasNode, type Edge, type GeneratingNode, type Graph } from "./graph.ts";
import { canBeOff, inForce, offOf, silentInto, whyOff } from "./left_out.ts";
import { graphFaults } from "./operations.ts";
import { changesInWords, recipeChanges, recipeOf } from "./recipe.ts";

const node = (id: string, type: string, more: object = {}) =>
  CanvasNode.parse({
    id,
    type,
    title: id,
    position: { x: 0, y: 0 },
    ...(["shot", "generate_image", "edit_image", "kontext"].includes(type) ? { shot: id.toUpperCase() } : {}),
    ...more,
  });
const wire = (source: string, source_port: string, target: string, target_port: string): Edge => ({
  id: `${source}-${target}`,
  ...{ source, source_port, target, target_port },
});
/** Where what arrives at a node comes from. */
const feeding = (graph: Graph, id: string) =>
  inForce(graph).edges.filter((edge) => edge.target === id).map((edge) =>
    `${edge.source} ${edge.target_port}`
  );

/** A picture that is edited twice, and what is made of it. */
const edited = (off: Record<string, object> = {}): Graph => ({
  nodes: [
    node("sketch", "generate_image", off.sketch),
    node("fix", "edit_image", off.fix),
    node("turn", "kontext", off.turn),
    node("s1", "shot", off.s1),
  ],
  edges: [
    wire("sketch", "image", "fix", "source"),
    wire("fix", "image", "turn", "source"),
    wire("turn", "image", "s1", "image"),
  ],
});
const film = (off: Record<string, object> = {}): Graph => ({
  nodes: [...["s1", "s2", "s3"].map((id) => node(id, "shot", off[id])), node("film", "assembler")],
  edges: [
    wire("s1", "shot", "s2", "previous"),
    wire("s2", "shot", "s3", "previous"),
    wire("s3", "shot", "film", "sequence"),
  ],
});
const bypassed = { off: "bypassed" }, muted = { off: "muted" };

Deno.test("where nothing is off, a graph is made as it is drawn", () => {
  const graph = edited();
  assert.equal(inForce(graph), graph);
});

Deno.test("a bypassed edit lets the picture through, several in a row as one", () => {
  assert.deepEqual(feeding(edited({ turn: bypassed }), "s1"), ["fix image"]);
  assert.deepEqual(feeding(edited({ fix: bypassed, turn: bypassed }), "s1"), ["sketch image"]);
});

Deno.test("a muted node feeds nothing, whatever is wired into it", () => {
  assert.deepEqual(feeding(edited({ turn: muted }), "s1"), []);
  assert.deepEqual(feeding(edited({ fix: muted, turn: bypassed }), "s1"), []);
  assert.deepEqual(silentInto(edited({ turn: muted }), "s1", ["image"]).map((each) => each.id), ["turn"]);
  assert.deepEqual(silentInto(edited({ turn: bypassed }), "s1", ["image"]), []);
});

Deno.test("what a port does not take is not let through", () => {
  const graph: Graph = {
    nodes: [
      node("keeper", "asset"),
      node("turn", "kontext", bypassed),
      node("fix", "edit_image"),
      node("s1", "shot"),
    ],
    edges: [
      wire("keeper", "asset", "turn", "source"),
      wire("turn", "image", "fix", "source"),
      wire("turn", "image", "s1", "image"),
    ],
  };
  // An edit begins with an asset's picture, a shot does not.
  assert.deepEqual(feeding(graph, "fix"), ["keeper source"]);
  assert.deepEqual(feeding(graph, "s1"), []);
});

Deno.test("an asset, a style and a pipeline that are off supply nothing", () => {
  for (const off of [bypassed, muted]) {
    const graph: Graph = {
      nodes: [
        node("ink", "asset", { kind: "style", ...off }),
        node("slow", "pipeline", off),
        node("s1", "shot"),
      ],
      edges: [wire("ink", "asset", "s1", "assets"), wire("slow", "pipeline", "s1", "pipeline")],
    };
    assert.deepEqual(feeding(graph, "s1"), []);
  }
});

Deno.test("a shot that is off leaves the film and keeps its place in the chain", () => {
  const ids = (shots: { id: string }[]) => shots.map((shot) => shot.id);
  for (const off of [bypassed, muted]) {
    for (const id of ["s1", "s2", "s3"]) {
      const graph = film({ [id]: off });
      const others = ["s1", "s2", "s3"].filter((each) => each !== id);
      assert.deepEqual(ids(shotsOf(graph, "film")), others);
      assert.deepEqual(ids(wiredShotsOf(inForce(graph), "film")), others);
      assert.deepEqual(ids(wiredShotsOf(graph, "film")), ["s1", "s2", "s3"]);
    }
  }
});

Deno.test("what depends on a node that is switched off is out of date, and up to date when it is on again", () => {
  const recipe = (graph: Graph) => {
    const draft = createDraft(inForce(graph));
    return recipeOf(draft, draft.nodes.get("s1") as GeneratingNode, (id) => `take of ${id}`);
  };
  const then = recipe(edited());
  for (const off of [bypassed, muted]) {
    const changes = recipeChanges(then, recipe(edited({ turn: off })), () => null);
    assert.equal(changesInWords(changes), "start image changed");
  }
  assert.deepEqual(recipeChanges(then, recipe(edited()), () => null), []);
  // Of itself, being off changes nothing: its takes are what they were.
  assert.deepEqual(recipeChanges(then, recipe(edited({ s1: muted })), () => null), []);
});

Deno.test("a node says why it makes nothing", () => {
  assert.equal(whyOff(node("s1", "shot")), null);
  assert.match(whyOff(node("s1", "shot", muted))!, /"s1" is muted.*switch it on again/);
  assert.equal(canBeOff(node("words", "note")), false);
});

Deno.test("whatever is off, no wire begins there and what is left makes a sound graph", () => {
  fc.assert(fc.property(
    anySteps.map(grow),
    fc.array(fc.option(fc.constantFrom("bypassed" as const, "muted" as const)), {
      minLength: 13,
      maxLength: 13,
    }),
    (drawn, offs) => {
      const graph: Graph = {
        edges: drawn.edges,
        nodes: drawn.nodes.map((each) => {
          const off = offs[Number(each.id.slice(1))];
          return off && canBeOff(each) ? { ...each, off } as CanvasNode : each;
        }),
      };
      const made = inForce(graph);
      const off = new Set(graph.nodes.filter((each) => offOf(each)).map((each) => each.id));
      assert.equal(made.edges.some((edge) => off.has(edge.source)), false);
      const on = made.edges.filter((edge) => !off.has(edge.target));
      assert.deepEqual(graphFaults({ nodes: graph.nodes, edges: on }), []);
      assert.deepEqual(inForce(made).edges, made.edges);
    },
  ));
});

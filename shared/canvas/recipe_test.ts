import assert from "node:assert/strict";
import { createDraft } from "./draft.ts";
import { type GeneratingNode, Graph } from "./graph.ts";
import { changesInWords, type Recipe, recipeChanges, recipeOf, withSeed } from "./recipe.ts";

const place = { position: { x: 0, y: 0 } };
const image = (oid: string) => ({ path: `01_Assets/Images/${oid}.png`, oid: oid.repeat(64), size: 9 });
const nodes = {
  keeper: {
    id: "keeper",
    type: "asset",
    title: "Keeper",
    ...place,
    description: "old",
    images: [image("a")],
  },
  still: { id: "still", type: "generate_image", title: "Still", ...place, shot: "STILL", prompt: "a lamp" },
  edit: { id: "edit", type: "edit_image", title: "Edit", ...place, shot: "EDIT", prompt: "a hand" },
  pipe: { id: "pipe", type: "pipeline", title: "Pipe", ...place, runner: "flux-image" },
  shot: { id: "shot", type: "shot", title: "SHOT-010", ...place, shot: "SHOT-010", prompt: "waves" },
  next: { id: "next", type: "shot", title: "SHOT-020", ...place, shot: "SHOT-020" },
};
const wires = [
  ["keeper", "asset", "still", "assets"],
  ["still", "image", "edit", "source"],
  ["still", "image", "shot", "image"],
  ["pipe", "pipeline", "shot", "pipeline"],
  ["next", "shot", "shot", "previous"],
];

/** The recipe of a node, with some nodes changed and some takes chosen. */
function recipe(
  id: string,
  changed: Partial<Record<keyof typeof nodes, object>> = {},
  takes: Record<string, string> = {},
  kept = wires,
): Recipe {
  const graph = Graph.parse({
    nodes: Object.entries(nodes).map(([name, node]) => ({ ...node, ...changed[name as keyof typeof nodes] })),
    edges: kept.map(([source, source_port, target, target_port], index) => ({
      id: `e${index}`,
      source,
      source_port,
      target,
      target_port,
    })),
  });
  const draft = createDraft(graph);
  return recipeOf(draft, draft.nodes.get(id) as GeneratingNode, (node) => takes[node] ?? null);
}
const titles = (id: string) => id === "keeper" ? "Keeper" : null;
const changes = (then: Recipe, now: Recipe) => recipeChanges(then, now, titles);

Deno.test("what changed on the canvas since a take is named in its words", () => {
  const told: [string, Parameters<typeof recipe>[1], string[]][] = [
    ["still", {}, []],
    ["still", { still: { prompt: "a lens" } }, ["prompt"]],
    ["still", { still: { prompt: " a lamp ", title: "Renamed", position: { x: 9, y: 9 } } }, []],
    ["still", { still: { width: 512, params: { steps: 3 } } }, ["size", "settings"]],
    ["still", { keeper: { description: "young" } }, ["Keeper"]],
    ["still", { keeper: { images: [image("b")] } }, ["Keeper"]],
    ["still", { keeper: { title: "The keeper" } }, ["Keeper"]],
    ["edit", { edit: { mask: image("c") } }, ["mask"]],
    ["shot", { shot: { duration: 12, trim_in: 3 }, pipe: { runner: "wan-video" } }, ["duration", "pipeline"]],
    ["shot", { next: { prompt: "sky" } }, []],
  ];
  for (const [id, changed, words] of told) {
    assert.deepEqual(changes(recipe(id), recipe(id, changed)), words, `${id} ${JSON.stringify(changed)}`);
  }
});

Deno.test("another take that is chosen upstream, or a wire that goes, makes what follows out of date", () => {
  const then = recipe("edit", {}, { still: "take-1" });
  assert.deepEqual(changes(then, recipe("edit", {}, { still: "take-1" })), []);
  assert.deepEqual(changes(then, recipe("edit", {}, { still: "take-2" })), ["source"]);
  assert.deepEqual(changes(recipe("still"), recipe("still", {}, {}, wires.slice(1))), ["Keeper"]);
});

Deno.test("a seed counts once it is locked, and the one that made the take is no change", () => {
  const then = withSeed(recipe("still"), 41);
  assert.deepEqual(changes(then, recipe("still", { still: { seed: 7 } })), []);
  assert.deepEqual(changes(then, recipe("still", { still: { seed: 41, seed_locked: true } })), []);
  assert.deepEqual(changes(then, recipe("still", { still: { seed: 7, seed_locked: true } })), ["seed"]);
});

Deno.test("several changes read as a sentence", () => {
  assert.equal(changesInWords(["prompt"]), "prompt changed");
  assert.equal(changesInWords(["prompt", "seed", "Keeper"]), "prompt, seed and Keeper changed");
});

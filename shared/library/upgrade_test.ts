import assert from "node:assert/strict";
import { type CanvasNode, CanvasNode as NodeSchema, Edge, type Graph } from "../canvas/graph.ts";
import { applyOperations } from "../canvas/operations.ts";
import { extract, withIds } from "./extract.ts";
import { contentFaults } from "./item.ts";
import { type Newer, upgrade } from "./upgrade.ts";

const ITEM = "01920000-0000-7000-8000-000000000001";
const node = (id: string, type: string, fields: object = {}) =>
  NodeSchema.parse({ id, type, title: id, position: { x: 0, y: 0 }, ...fields });
const chain = (source: string, target: string): Edge => ({
  id: `${source}-${target}`,
  source,
  source_port: "shot",
  target,
  target_port: "previous",
});
const file = (name: string, oid: string) => ({ path: name, oid: oid.repeat(64).slice(0, 64), size: 9 });

/** The item as a film uses it: other ids, other places, shot names of its own. */
function used(graph: Graph, version: number): Graph {
  const ids = new Map(graph.nodes.map((each) => [each.id, `my_${each.id}`]));
  const own = withIds(graph, ids);
  return {
    edges: own.edges,
    nodes: own.nodes.map((each, at) =>
      ({
        ...each,
        position: { x: each.position.x + 1000, y: each.position.y },
        library: { item: ITEM, version, part: graph.nodes[at]!.id },
        ...("shot" in each ? { shot: `OWN-${at}`, title: `OWN-${at}` } : {}),
      }) as CanvasNode
    ),
  };
}

function newer(base: Graph, next: Graph): Newer {
  let number = 0;
  return {
    item: ITEM,
    version: 2,
    base,
    next,
    fresh: (_, each) => ({
      ...each,
      id: `fresh_${++number}`,
      ...("shot" in each ? { shot: `NEW-${number}` } : {}),
    }),
    newEdgeId: () => `wire_${++number}`,
  };
}

function taken(local: Graph, root: string, from: Newer, theirs: string[] = []) {
  const plan = upgrade(local, root, from)!;
  const applied = applyOperations(local, plan.operations(new Set(theirs)));
  assert.ok(applied.ok, applied.ok ? "" : applied.message);
  return {
    plan,
    graph: applied.graph,
    at: (id: string) => applied.graph.nodes.find((each) => each.id === id),
  };
}

Deno.test("a newer version changes what was left alone here, and asks about what both changed", () => {
  const one = (fields: object): Graph => ({ nodes: [node("keeper", "asset", fields)], edges: [] });
  const base = one({ description: "Old", images: [file("a.png", "a")] });
  const next = one({ description: "Old, limps", images: [file("01_Assets/a.png", "a"), file("b.png", "b")] });
  const local = used(base, 1);
  const quiet = taken(local, "my_keeper", newer(base, next));
  assert.deepEqual(quiet.plan.choices, []);
  assert.deepEqual(quiet.plan.changes, [
    "keeper: description “Old” → “Old, limps”; pictures 1 picture → 2 pictures.",
  ]);
  const after = quiet.at("my_keeper")!;
  assert.ok(after.type === "asset");
  assert.deepEqual([after.description, after.images.length, after.position.x, after.library?.version], [
    "Old, limps",
    2,
    1000,
    2,
  ]);

  const edited = { ...local, nodes: [{ ...local.nodes[0]!, description: "Young" } as CanvasNode] };
  const asked = taken(edited, "my_keeper", newer(base, next));
  assert.deepEqual(asked.plan.choices, [{
    key: "my_keeper/description",
    node_id: "my_keeper",
    title: "keeper",
    field: "description",
    mine: "“Young”",
    theirs: "“Old, limps”",
  }]);
  assert.equal((asked.at("my_keeper") as { description: string }).description, "Young");
  const theirs = taken(edited, "my_keeper", newer(base, next), ["my_keeper/description"]);
  assert.equal((theirs.at("my_keeper") as { description: string }).description, "Old, limps");
  assert.equal(upgrade(local, "my_keeper", { ...newer(base, next), item: ITEM.replace("1", "2") }), null);
});

Deno.test("parameters merge one by one", () => {
  const one = (params: object): Graph => ({ nodes: [node("p", "pipeline", { params })], edges: [] });
  const base = one({ steps: 20, guidance: 3, sampler: "euler" });
  const next = one({ steps: 30, guidance: 4, lora: "rain" });
  const local = used(one({ steps: 20, guidance: 9, sampler: "euler", mine: 1 }), 1);
  const kept = taken(local, "my_p", newer(base, next));
  assert.deepEqual((kept.at("my_p") as { params: object }).params, {
    steps: 30,
    guidance: 9,
    mine: 1,
    lora: "rain",
  });
  const theirs = taken(local, "my_p", newer(base, next), ["my_p/params.guidance"]);
  assert.equal((theirs.at("my_p") as unknown as { params: { guidance: number } }).params.guidance, 4);
});

Deno.test("a template's new nodes come in where they lie in it, old ones go, wires follow, other nodes stay", () => {
  const shot = (id: string, x: number, fields: object = {}) =>
    node(id, "shot", { shot: id.toUpperCase(), parent: "g", position: { x, y: 60 }, ...fields });
  const group = node("g", "group");
  const base: Graph = { nodes: [group, shot("s1", 30), shot("s2", 60)], edges: [chain("s1", "s2")] };
  const next: Graph = {
    nodes: [group, shot("s1", 30, { prompt: "Rain" }), shot("s3", 90)],
    edges: [chain("s1", "s3")],
  };
  const local = used(base, 1);
  local.nodes.push(node("extra", "note", { parent: "my_g" }));
  const { plan, graph, at } = taken(local, "my_g", newer(base, next));
  assert.equal(at("my_s2"), undefined);
  const fresh = at("fresh_1")!;
  assert.deepEqual([fresh.position, fresh.parent, "shot" in fresh && fresh.shot, fresh.library], [
    { x: 1090, y: 60 },
    "my_g",
    "NEW-1",
    { item: ITEM, version: 2, part: "s3" },
  ]);
  assert.deepEqual(graph.edges.map(({ source, target }) => [source, target]), [["my_s1", "fresh_1"]]);
  assert.ok(at("extra"));
  assert.deepEqual(plan.changes.length, 4);
  // Edited here, it goes only on demand; and what somebody removed here does not come back.
  const edited: Graph = {
    ...local,
    nodes: local.nodes.map((each) => each.id === "my_s2" ? { ...each, prompt: "Mine" } as CanvasNode : each),
  };
  assert.ok(taken(edited, "my_g", newer(base, next)).at("my_s2"));
  assert.equal(taken(edited, "my_g", newer(base, next), ["my_s2/"]).at("my_s2"), undefined);
  const without: Graph = { nodes: local.nodes.filter((each) => each.id !== "my_s1"), edges: [] };
  const left = taken(without, "my_g", newer(base, next));
  assert.ok(!left.graph.nodes.some((each) => each.library?.part === "s1"));
});

Deno.test("what is taken out of a film is whole by itself, and named as its item names it", () => {
  const film: Graph = {
    nodes: [
      node("outer", "group"),
      node("g", "group", { parent: "outer", position: { x: 10, y: 20 } }),
      node("a", "asset", {
        parent: "g",
        position: { x: 50, y: 70 },
        images: [file("01_Assets/Images/a.png", "a"), file("02/A.png", "b")],
        library: { item: ITEM, version: 3, part: "face" },
      }),
      node("b", "asset", {
        parent: "g",
        library: { item: ITEM, version: 3, part: "face" },
        position: { x: 60, y: 70 },
      }),
      node("c", "note", { position: { x: 0, y: 0 } }),
    ],
    edges: [],
  };
  const whole = extract(film, "g", ITEM)!;
  assert.deepEqual(whole.graph.nodes.map((each) => [each.id, each.parent, each.position.x]), [
    ["g", undefined, 0],
    ["face", "g", 40],
    ["b", "g", 50],
  ]);
  assert.deepEqual(whole.files.map((each) => each.name), ["a.png", "A-2.png"]);
  const files = whole.files.map((each) => ({ ...each, format: "png" }));
  assert.deepEqual(contentFaults({ kind: whole.kind, files, graph: whole.graph }), []);
  assert.equal(extract(film, "gone", null), null);
});

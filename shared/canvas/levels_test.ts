import assert from "node:assert/strict";
import fc from "fast-check";
import { anySteps, grow } from "./arbitrary.ts";
import { bordersOf, inputWords, outputWords } from "./border.ts";
import { Graph } from "./graph.ts";
import { commonLevel, drawnAs, groupsAround, levelOf, nodesById } from "./levels.ts";

const at = { position: { x: 0, y: 0 } };
const group = (id: string, parent?: string, collapsed = false) => ({
  id,
  type: "group",
  title: id,
  ...at,
  collapsed,
  ...(parent ? { parent } : {}),
});
const shot = (id: string, parent?: string) => ({
  id,
  type: "shot",
  title: id.toUpperCase(),
  shot: id.toUpperCase(),
  ...at,
  ...(parent ? { parent } : {}),
});
const wire = (source: string, source_port: string, target: string, target_port: string) => ({
  id: `${source}-${target}`,
  source,
  source_port,
  target,
  target_port,
});

/** Keeper feeds two shots; `outer` holds `inner` (folded) with the second shot; the film is outside. */
const film = Graph.parse({
  nodes: [
    group("outer"),
    group("inner", "outer", true),
    { id: "keeper", type: "asset", title: "Keeper", ...at },
    shot("one", "outer"),
    shot("two", "inner"),
    { id: "film", type: "assembler", title: "Film", ...at },
  ],
  edges: [
    wire("keeper", "asset", "one", "assets"),
    wire("keeper", "asset", "two", "assets"),
    wire("one", "shot", "two", "previous"),
    wire("two", "shot", "film", "sequence"),
  ],
});
const nodes = nodesById(film.nodes);

Deno.test("a level draws what lies in its group: nodes, frames, and folded groups as cards", () => {
  const drawn = (level: string | null) => film.nodes.map((node) => drawnAs(nodes, node.id, level));
  assert.deepEqual(drawn(null), ["outer", "inner", "keeper", "one", "inner", "film"]);
  assert.deepEqual(drawn("outer"), [null, "inner", null, "one", "inner", null]);
  assert.deepEqual(drawn("inner"), [null, null, null, null, "two", null]);
  assert.equal(levelOf(nodes, "two", null), "inner");
  assert.equal(levelOf(nodes, "one", null), null, "a frame shows it where one is");
  assert.equal(levelOf(nodes, "one", "outer"), "outer");
  assert.equal(levelOf(nodes, "film", "inner"), null);
  assert.equal(commonLevel(nodes, ["one", "two"]), "outer");
  assert.equal(commonLevel(nodes, ["one", "film"]), null);
  assert.deepEqual(groupsAround(nodes, "two").map((each) => each.id), ["inner", "outer"]);
});

Deno.test("wires that cross a border are its ports: one for what comes in however often, one for what goes out", () => {
  const borders = bordersOf(film);
  const outer = borders.get("outer")!;
  assert.deepEqual(outer.inputs.map(({ id, type, to }) => ({ id, type, to: to.length })), [
    { id: "in:keeper:asset", type: "asset", to: 2 },
  ]);
  assert.deepEqual(outer.outputs.map(({ id, type }) => ({ id, type })), [{
    id: "out:two:shot",
    type: "shot",
  }]);
  assert.equal(inputWords(nodes, outer.inputs[0]!), "Assets of 2 nodes");
  assert.equal(outputWords(nodes, outer.outputs[0]!), "Film");
  const inner = borders.get("inner")!;
  assert.deepEqual(inner.inputs.map((port) => port.id), ["in:keeper:asset", "in:one:shot"]);
  assert.equal(inputWords(nodes, inner.inputs[1]!), "Previous shot of TWO");
});

Deno.test("every wire either lies within a group, or outside, or is in exactly one of its ports", () => {
  fc.assert(fc.property(anySteps, (steps) => {
    const graph = grow(steps);
    const borders = bordersOf(graph);
    const byId = nodesById(graph.nodes);
    for (const group of graph.nodes.filter((node) => node.type === "group")) {
      const inside = (id: string) => groupsAround(byId, id).some((each) => each.id === group.id);
      const crossing = graph.edges.filter((edge) => inside(edge.source) !== inside(edge.target));
      const { inputs = [], outputs = [] } = borders.get(group.id) ?? {};
      const carried = [...inputs, ...outputs].reduce((sum, port) => sum + port.to.length, 0);
      assert.equal(carried, crossing.length);
      assert.ok(inputs.every((port) => !inside(port.from.node) && port.to.every((end) => inside(end.node))));
      assert.ok(outputs.every((port) => inside(port.from.node) && port.to.every((end) => !inside(end.node))));
    }
  }));
});

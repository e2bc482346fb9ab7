import assert from "node:assert/strict";
import type { Comparison } from "../../shared/api/branches.ts";
import { branchesOf, set, shot } from "../branches/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("two branches or versions beside each other: nodes in their places, fields, wires, settings, takes, files", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const it = branchesOf(world, project);
  const compare = (from: string, to: string, status = 200) =>
    it.ask<Comparison>(`/compare?from=${from}&to=${encodeURIComponent(to)}`, {}, status);
  await it.draw("main", shot("1", { id: "shot_1", title: "The keeper" }), shot("2"), shot("3"), shot("4"));
  await world.studio.git.settle(project.id);
  const first = (await world.studio.git.head(project))!;
  await it.begin("Look B", { name: "ada/look-b" });
  await it.change(
    "ada/look-b",
    set("shot_1", { prompt: "Amber", params: { steps: 20 } }),
    set("shot-2", { position: { x: 300, y: 40 } }),
    { op: "remove_node", id: "shot-3" },
    { op: "add_node", node: shot("5") as never },
    {
      op: "add_edge",
      edge: { id: "e", source: "shot_1", source_port: "shot", target: "shot-2", target_port: "previous" },
    },
  );
  await it.ask("?branch=ada%2Flook-b", { method: "PATCH", json: { quality: "high" } });
  const take = await makeTake(world, await it.at("ada/look-b"));

  const found = await compare("main", "ada/look-b");
  assert.deepEqual([found.from.title, found.to.title, found.from.commit], ["Main", "Look B", first]);
  assert.deepEqual(found.nodes.map(({ id, change }) => [id, change]), [
    ["shot-2", "moved"],
    ["shot-3", "removed"],
    ["shot-4", "same"],
    ["shot-5", "added"],
    ["shot_1", "changed"],
  ]);
  const [moved] = found.nodes;
  assert.deepEqual([moved!.before?.x, moved!.after?.x], [0, 300]);
  assert.deepEqual(found.nodes.at(-1)!.fields, [
    { field: "prompt", before: "A lamp in the fog", after: "Amber" },
    { field: "steps", before: null, after: "20" },
  ]);
  assert.deepEqual(found.wires, [{ source: "shot_1", target: "shot-2", change: "added" }]);
  assert.deepEqual(found.settings, [{ field: "quality", before: "standard", after: "high" }]);
  assert.deepEqual(found.takes.map(({ before, after }) => [before, after?.take?.id]), [[null, take.id]]);
  assert.ok(found.files.some(({ path, change }) => path === take.path && change === "added"));

  // The other way round, and against a commit; a branch that was discarded is still there to look at.
  const back = await compare("ada/look-b".replace("/", "%2F"), first);
  assert.deepEqual([back.to.branch, back.nodes.find(({ id }) => id === "shot-5")!.change], [null, "removed"]);
  await it.discard("ada/look-b");
  assert.equal((await compare(first, "ada/look-b")).nodes.length, 5);
  await compare("main", "nowhere", 404);
  await compare("main", "0".repeat(40), 404);
});

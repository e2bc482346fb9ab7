import assert from "node:assert/strict";
import { openTestCanvas } from "../canvas/live/testing.ts";
import { CanvasNode } from "../../shared/canvas/graph.ts";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import { share } from "../git/sharing.ts";
import { mustGit, runGit, until } from "../git/testing.ts";
import { type Clone, cloneOf } from "../pushes/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { branchesOf, set, shot } from "./testing.ts";

async function edit(clone: Clone, change: (manifest: Manifest) => void): Promise<void> {
  const manifest = Manifest.parse(JSON.parse(await clone.read("project.json")));
  change(manifest);
  await clone.commit({ "project.json": writeManifest(manifest) });
}

Deno.test("an artist's own git makes branches, changes their live canvases, discards them and brings them back", async () => {
  await using world = await share();
  const it = branchesOf(world.world, world.project);
  const { studio } = world.world;
  await it.draw("main", shot("1", { id: "shot_1", title: "The keeper" }));
  await makeTake(world.world, world.project);
  await studio.git.settle(world.project.id);
  const film = await cloneOf(world);
  const git = (...args: string[]) => mustGit(film.path, args);

  await git("checkout", "--quiet", "-b", "look-b");
  await edit(film, (manifest) => {
    Object.assign(manifest.canvas.nodes[0]!, { prompt: "Amber" });
    manifest.canvas.nodes.push(CanvasNode.parse(shot("2")));
  });
  await git("push", "--quiet", "-u", "origin", "look-b");
  await studio.git.settle(world.project.id);
  assert.deepEqual((await it.list()).map(({ name, ahead }) => [name, ahead]), [["main", 0], ["look-b", 1]]);
  assert.deepEqual((await it.shots("look-b")).map(({ prompt }) => prompt), ["A lamp in the fog", "Amber"]);
  assert.deepEqual((await it.shots("main")).map(({ prompt }) => prompt), ["A lamp in the fog"]);
  // What its first commit had of takes, it has.
  assert.deepEqual(await it.takes("look-b"), ["SHOT-1_v01_take01 *"]);

  // Whoever has it open sees the next push; whoever has main open does not.
  const base = studio.config.publicUrl!;
  using open = openTestCanvas(base, world.project.id, world.world.tokens.artist, "look-b");
  using main = openTestCanvas(base, world.project.id, world.world.tokens.artist);
  await Promise.all([open.synced, main.synced]);
  await it.change("look-b", set("shot-2", { duration: 24 }));
  await studio.git.settle(world.project.id);
  await git("pull", "--quiet", "--ff-only");
  await edit(film, (manifest) => Object.assign(manifest.canvas.nodes[1]!, { prompt: "Pushed" }));
  await git("push", "--quiet");
  await studio.git.settle(world.project.id);
  assert.deepEqual((await it.shots("look-b")).map(({ prompt, duration }) => [prompt, duration]), [
    ["A lamp in the fog", 24],
    ["Pushed", 96],
  ]);
  await until(
    "the push on the open canvas",
    () => (open.node("shot_1") as { prompt: string }).prompt === "Pushed",
  );
  assert.equal((main.node("shot_1") as { prompt: string }).prompt, "A lamp in the fog");

  // A fetch gives all branches, those begun in the studio too.
  await it.begin("Look C");
  await git("fetch", "--quiet");
  const fetched = await git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes/origin");
  assert.deepEqual(fetched.trim().split("\n").sort(), ["HEAD", "look-b", "look-c", "main"]);

  // A merge by hand, pushed to main: the canvas and the takes follow.
  await makeTake(world.world, await it.at("look-b"));
  await studio.git.settle(world.project.id);
  await git("pull", "--quiet", "--ff-only");
  await git("checkout", "--quiet", "main");
  await git("pull", "--quiet", "--ff-only");
  await git("merge", "--quiet", "--no-ff", "-m", "By hand", "look-b");
  await git("push", "--quiet", "origin", "main");
  await studio.git.settle(world.project.id);
  assert.deepEqual((await it.shots("main")).map(({ prompt }) => prompt), ["A lamp in the fog", "Pushed"]);
  assert.deepEqual(await it.takes("main"), ["SHOT-1_v01_take02", "SHOT-1_v01_take01 *"]);

  // Deleting is discarding; what was there comes back with the same name, and no other under it.
  await git("push", "--quiet", "origin", ":look-b");
  assert.deepEqual((await it.list("?discarded=true")).map(({ name }) => name), ["look-b"]);
  const other = await runGit(film.path, ["push", "origin", "main~2:refs/heads/look-b"]);
  assert.match(other.err, /The branch look-b was discarded, and this is another one/);
  await git("push", "--quiet", "origin", "look-b");
  await studio.git.settle(world.project.id);
  assert.deepEqual((await it.list()).map(({ name }) => name).sort(), ["look-b", "look-c", "main"]);
  assert.deepEqual((await it.shots("look-b")).map(({ prompt, duration }) => [prompt, duration]), [
    ["A lamp in the fog", 24],
    ["Pushed", 96],
  ]);
  // Where a take came to it meanwhile, the studio has more of it than the clone.
  const look = await it.at("look-b");
  await git("push", "--quiet", "origin", ":look-b");
  await makeTake(world.world, look);
  await studio.git.settle(world.project.id);
  assert.match((await runGit(film.path, ["push", "origin", "look-b"])).err, /Bring it back in the studio/);
  await it.restore("look-b");
  await git("checkout", "--quiet", "look-b");
  await git("pull", "--quiet", "--ff-only", "origin", "look-b");
  assert.match(await film.read("03_Renders/SHOT-1/SHOT-1_v01_take03.json"), /"take": 3/);
  await mustGit(world.gitDir, ["fsck", "--strict", "--no-dangling"]);
});

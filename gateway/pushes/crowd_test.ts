import assert from "node:assert/strict";
import { CanvasNode, type NodeOf } from "../../shared/canvas/graph.ts";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import { type Name, share } from "../git/sharing.ts";
import { mustGit, runGit, treeOf } from "../git/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { cloneOf } from "./testing.ts";

const ROUNDS = 3;

Deno.test("two people push while takes come in and the canvas is changed: nothing is lost, history is one line", async () => {
  await using it = await share();
  const { world, project } = it;
  const nodes = ["a-owner", "m-shot", "z-artist"].map((id) =>
    CanvasNode.parse(
      id === "m-shot"
        ? { id, type: "shot", title: id, position: { x: 0, y: 0 }, shot: "M-SHOT" }
        : { id, type: "note", title: id, position: { x: 0, y: 0 }, text: "0" },
    )
  );
  await world.studio.canvas.put(project, { nodes, edges: [] }, { by: "Owner" });
  await world.studio.git.settle(project.id);

  async function person(as: Name, node: string): Promise<void> {
    const clone = await cloneOf(it, as);
    for (let round = 1; round <= ROUNDS; round++) {
      const manifest = Manifest.parse(JSON.parse(await clone.read("project.json")));
      Object.assign(manifest.canvas.nodes.find((each) => each.id === node)!, { text: String(round) });
      await clone.commit({
        [`04_Project_Files/${as}-${round}.txt`]: as,
        "project.json": writeManifest(manifest),
      }, `${as} ${round}`);
      for (let tries = 0;; tries++) {
        const { code, err } = await runGit(clone.path, ["push"]);
        if (code === 0) break;
        assert.match(err, /fetch first|non-fast-forward|cannot lock ref|failed to update ref|git pull/);
        assert.ok(tries < 50, err);
        await mustGit(clone.path, ["pull", "--quiet", "--rebase"]);
      }
    }
  }
  async function machine(): Promise<void> {
    for (let n = 0; n < 2 * ROUNDS; n++) {
      await makeTake(world, project, { node: "m_shot" });
      await world.studio.canvas.patch(project, [
        { op: "update_node", id: "m-shot", set: { seed: n + 1 } },
      ], { by: "Ada" });
    }
  }
  await Promise.all([person("owner", "a-owner"), person("artist", "z-artist"), machine()]);
  await world.studio.git.settle(project.id);

  const tree = new Set(await treeOf(it.gitDir));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const as of ["owner", "artist"]) assert.ok(tree.has(`04_Project_Files/${as}-${round}.txt`));
  }
  assert.equal([...tree].filter((path) => /_take\d+\.mp4$/.test(path)).length, 2 * ROUNDS);
  const { graph } = await world.studio.canvas.read(world.studio.db.sql, project.id);
  const by = new Map(graph.nodes.map((node) => [node.id, node]));
  assert.equal((by.get("a-owner") as NodeOf<"note">).text, String(ROUNDS));
  assert.equal((by.get("z-artist") as NodeOf<"note">).text, String(ROUNDS));
  assert.equal((by.get("m-shot") as NodeOf<"shot">).seed, 2 * ROUNDS);
  const file = new TextDecoder().decode((await world.studio.git.readFile(project, "project.json"))!);
  assert.deepEqual(
    Manifest.parse(JSON.parse(file)).canvas.nodes,
    graph.nodes.toSorted((a, b) => a.id < b.id ? -1 : 1),
  );
  assert.equal((await mustGit(it.gitDir, ["rev-list", "--merges", "--count", "main"])).trim(), "0");
  await mustGit(it.gitDir, ["fsck", "--no-dangling"]);
});

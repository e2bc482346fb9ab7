import assert from "node:assert/strict";
import { CanvasNode, type NodeOf } from "../../shared/canvas/graph.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import { type Share, share } from "../git/sharing.ts";
import { mustGit, runGit } from "../git/testing.ts";
import { drawShots, makeTake } from "../takes/testing.ts";
import { type Clone, cloneOf } from "./testing.ts";

const shot = (number: string, more: Record<string, unknown> = {}) => ({
  id: `shot-${number}`,
  type: "shot",
  title: `Shot ${number}`,
  position: { x: 0, y: 0 },
  shot: `SHOT-${number}`,
  prompt: "A lamp in the fog",
  ...more,
});

async function put(it: Share, graph: unknown): Promise<void> {
  const answer = await it.world.request(`/api/projects/${it.project.id}/canvas`, {
    method: "PUT",
    json: { graph },
  });
  assert.equal(answer.status, 200, await answer.text());
}

const settle = (it: Share) => it.world.studio.git.settle(it.project.id);
const canvas = (it: Share) => it.world.studio.canvas.read(it.world.studio.db.sql, it.project.id);

async function notices(it: Share): Promise<string[]> {
  const rows = await it.world.studio.db.sql<{ sentence: string }[]>`
    select sentence from notices where project_id = ${it.project.id} order by id`;
  return rows.map((row) => row.sentence);
}

/** Changes project.json by hand and pushes it. */
async function edit(clone: Clone, change: (manifest: Manifest) => void): Promise<void> {
  const manifest = Manifest.parse(JSON.parse(await clone.read("project.json")));
  change(manifest);
  await clone.commit({ "project.json": writeManifest(manifest) });
  await mustGit(clone.path, ["push", "--quiet"]);
}

Deno.test("what is pushed is on the canvas, and what was changed there meanwhile stays", async () => {
  await using it = await share();
  const { studio } = it.world;
  await put(it, { nodes: [shot("010", { prompt: "Typed here", seed: 7 }), shot("020")], edges: [] });
  await settle(it);
  // Git as it is in the moment before the gateway has committed what was typed just now.
  const file = new TextDecoder().decode((await studio.git.readFile(it.project, "project.json"))!);
  const content = file.replace("Typed here", "As it was");
  await studio.git.commit(it.project, {
    message: "before",
    author: "Studio",
    changes: [{ path: "project.json", content }],
  });
  const film = await cloneOf(it);
  await edit(film, (manifest) => {
    const [first, second] = manifest.canvas.nodes;
    Object.assign(first!, { prompt: "Pushed", title: "The lamp" });
    Object.assign(second!, { duration: 48 });
    manifest.canvas.nodes.push(CanvasNode.parse(shot("030", { duration: 24 })));
    manifest.canvas.edges.push({
      id: "e1",
      source: "shot-020",
      source_port: "shot",
      target: "shot-030",
      target_port: "previous",
    });
    Object.assign(manifest, { title: "The Lighthouse", quality: "high", description: "Fog." });
  });
  await settle(it);
  const { graph } = await canvas(it);
  const [first, second, third] = graph.nodes as NodeOf<"shot">[];
  assert.deepEqual([first!.prompt, first!.seed, first!.title], ["Typed here", 7, "The lamp"]);
  assert.deepEqual([second!.duration, third!.duration], [48, 24]);
  assert.deepEqual(graph.edges.map((edge) => edge.id), ["e1"]);
  assert.match(
    (await notices(it)).join("\n"),
    /Test artist's push [0-9a-f]{7}: "Shot 010" keeps its own prompt/,
  );
  const project = await studio.projects.byId(studio.db.sql, it.project.id);
  assert.deepEqual([project!.title, project!.quality, project!.description], [
    "The Lighthouse",
    "high",
    "Fog.",
  ]);

  // The next commit of the gateway stands on the push and holds both.
  await mustGit(film.path, ["pull", "--quiet", "--ff-only"]);
  const manifest = Manifest.parse(JSON.parse(await film.read("project.json")));
  assert.equal(manifest.canvas.nodes.length, 3);
  assert.match(await film.read("project.json"), /"Typed here"/);
  assert.equal(manifest.title, "The Lighthouse");
  assert.match(await mustGit(film.path, ["log", "--format=%s"]), /^Update project\.json\nBy hand\n/);
});

Deno.test("files that come and go are told to whoever has the project open, and heard at once", async () => {
  await using it = await share();
  const heard = Promise.withResolvers<string>();
  using _ = it.world.studio.events.subscribe(
    { tenant_id: it.project.tenant_id, project_id: it.project.id },
    (event) => event.type === "notice" && heard.resolve(event.notice.sentence),
  );
  const film = await cloneOf(it);
  await film.commit(Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`01_Assets/Audio/n${n}.txt`, "x"])));
  await mustGit(film.path, ["push", "--quiet"]);
  assert.match(await heard.promise, /new in 01_Assets: n1\.txt, n2\.txt, n3\.txt and 2 more\./);
  await settle(it);
  await film.commit({
    "01_Assets/Audio/n1.txt": null,
    "04_Project_Files/a.txt": "a",
    "02_Source_Creative/b.txt": "b",
  });
  await mustGit(film.path, ["push", "--quiet"]);
  await settle(it);
  const [, ...later] = (await notices(it)).map((sentence) => sentence.replace(/^.*?: /, ""));
  assert.deepEqual(later, ["removed in 01_Assets: n1.txt.", "new in 04_Project_Files: a.txt."]);
});

Deno.test("another active take by hand is chosen; one that is none is told", async () => {
  await using it = await share();
  const { studio } = it.world;
  await drawShots(it.world, it.project, ["shot_1"]);
  const first = await makeTake(it.world, it.project);
  const second = await makeTake(it.world, it.project);
  await settle(it);
  const film = await cloneOf(it);
  const active = async () =>
    (await studio.takes.active(studio.db.sql, it.project.id, ["shot_1"])).get("shot_1")?.name;
  assert.equal(await active(), first.name);
  await edit(film, (manifest) => manifest.shots["SHOT-1"]!.active = second.name);
  await settle(it);
  assert.equal(await active(), second.name);
  await edit(film, (manifest) => manifest.shots["SHOT-1"]!.active = "SHOT-1_v09_take99");
  await settle(it);
  assert.equal(await active(), second.name);
  assert.match((await notices(it)).join(), /SHOT-1 has no take SHOT-1_v09_take99/);
  const file = new TextDecoder().decode((await studio.git.readFile(it.project, "project.json"))!);
  assert.match(file, new RegExp(`"active": "${second.name}"`));

  // A take that lies in the tree is never changed or removed by a push.
  await mustGit(film.path, ["pull", "--quiet", "--no-rebase"]);
  await film.commit({ [first.path]: null });
  assert.match(
    (await runGit(film.path, ["push"])).err,
    /is a take of this project; takes are never changed or removed/,
  );
});

Deno.test("a push whose gateway died before it could tell is absorbed by the next one", async () => {
  await using it = await share();
  const { studio } = it.world;
  await put(it, { nodes: [shot("010")], edges: [] });
  await settle(it);
  const before = (await studio.git.head(it.project))!;
  const film = await cloneOf(it);
  const manifest = Manifest.parse(JSON.parse(await film.read("project.json")));
  Object.assign(manifest.canvas.nodes[0]!, { prompt: "Pushed" });
  await film.commit({ "project.json": writeManifest(manifest), "01_Assets/Audio/a.txt": "a" });
  // Straight into the repository: branch moved, nobody left to say so.
  await mustGit(film.path, ["push", "--quiet", it.gitDir, "main"]);
  const after = (await studio.git.head(it.project))!;
  const long = { before_sha: before, checked_at: new Date(Date.now() - 3_600_000) };
  for (const after_sha of [after, "f".repeat(40)]) {
    await studio.db.sql`insert into pushes ${
      studio.db.sql({
        id: uuidv7(),
        tenant_id: it.project.tenant_id,
        project_id: it.project.id,
        author: "Ada",
        after_sha,
        ...long,
      })
    }`;
  }
  await settle(it);
  assert.equal(((await canvas(it)).graph.nodes[0] as NodeOf<"shot">).prompt, "Pushed");
  const rows = await studio.db.sql`select after_sha, absorbed_at is not null as done from pushes`;
  assert.deepEqual([...rows], [{ after_sha: after, done: true }]);
});

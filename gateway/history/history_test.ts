import assert from "node:assert/strict";
import { HistoryDetail } from "../../shared/api/history.ts";
import type { NodeOf } from "../../shared/canvas/graph.ts";
import { type Name, type Share, share } from "../git/sharing.ts";
import { mustGit, runGit } from "../git/testing.ts";
import { cloneOf } from "../pushes/testing.ts";
import { drawShots, makeTake } from "../takes/testing.ts";

async function call(it: Share, method: string, path: string, status: number, json?: unknown, as?: Name) {
  const answer = await it.world.request(`/api/projects/${it.project.id}/${path}`, {
    method,
    ...(json === undefined ? {} : { json }),
  }, as);
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text);
}

const settle = (it: Share) => it.world.studio.git.settle(it.project.id);
const head = async (it: Share) => (await it.world.studio.git.head(it.project))!;
const shot = (number: string, more: Record<string, unknown> = {}) => ({
  id: `shot-${number}`,
  type: "shot",
  title: `Shot ${number}`,
  position: { x: 0, y: 0 },
  shot: `SHOT-${number}`,
  prompt: "A lamp in the fog",
  ...more,
});
const wire = {
  id: "e1",
  source: "shot-010",
  source_port: "shot",
  target: "shot-020",
  target_port: "previous",
};

Deno.test("a commit tells what it changed, and a version comes back whole or node by node", async () => {
  await using it = await share();
  await call(it, "PUT", "canvas", 200, { graph: { nodes: [shot("010"), shot("020")], edges: [wire] } });
  await settle(it);
  const first = await head(it);
  await call(it, "PUT", "canvas", 200, {
    graph: {
      nodes: [
        shot("010", { prompt: "x".repeat(200), seed: 9, trim_out: 40 }),
        shot("030", { position: { x: 5, y: 5 } }),
      ],
      edges: [],
    },
  });
  await settle(it);
  const second = await head(it);
  await call(it, "PATCH", "canvas", 200, {
    operations: [{ op: "update_node", id: "shot-030", set: { position: { x: 9, y: 9 } } }],
  });
  await settle(it);

  const detail = HistoryDetail.parse(await call(it, "GET", `history/${second}`, 200, undefined, "viewer"));
  assert.equal(detail.parent, first);
  assert.deepEqual(detail.changes.map((change) => [change.kind, change.sentence]), [
    ["removed", '"Shot 020" was removed.'],
    ["changed", '"Shot 010": prompt changed; seed 0 → 9; trim out none → 40.'],
    ["added", '"Shot 030" was added.'],
    ["unwired", 'The wire from "Shot 010" to "Shot 020" was cut.'],
  ]);
  assert.deepEqual(detail.files, [{ path: "project.json", change: "changed" }]);
  const third = await call(it, "GET", `history/${await head(it)}`, 200);
  assert.deepEqual(third.changes, [{
    kind: "moved",
    node_id: "shot-030",
    sentence: '"Shot 030" was moved.',
  }]);

  // One node that is gone comes back with its wire; one that is there gets its fields back.
  const one = await call(it, "POST", `history/${first}/restore`, 200, { node_id: "shot-020" }, "artist");
  assert.deepEqual(one.graph.edges.map((edge: { id: string }) => edge.id), ["e1"]);
  assert.equal(one.graph.nodes.length, 3);
  const back = await call(it, "POST", `history/${first}/restore`, 200, { node_id: "shot-010" });
  const lamp = back.graph.nodes.find((node: { id: string }) => node.id === "shot-010") as NodeOf<"shot">;
  assert.deepEqual([lamp.prompt, lamp.seed, lamp.trim_out], ["A lamp in the fog", 0, undefined]);
  assert.equal((await call(it, "POST", `history/${first}/restore`, 404, { node_id: "x" })).code, "not_found");

  const whole = await call(it, "POST", `history/${first}/restore`, 200, {});
  assert.deepEqual(whole.graph.nodes.map((node: { id: string }) => node.id).sort(), ["shot-010", "shot-020"]);
  await settle(it);
  // As a new change on top: all of history is still there.
  await mustGit(it.gitDir, ["merge-base", "--is-ancestor", second, "main"]);
  assert.equal(await mustGit(it.gitDir, ["diff", "--stat", first, "main", "--", "project.json"]), "");

  await call(it, "POST", `history/${first}/restore`, 403, {}, "viewer");
  await call(it, "GET", "history/0123456789012345678901234567890123456789", 404);
  await call(it, "GET", "history/main", 404);
  const other = await it.world.secondTenant();
  const foreign = await other.request(`/api/projects/${it.project.id}/history/${first}`);
  assert.equal(foreign.status, 404);
  await foreign.body?.cancel();
});

Deno.test("takes before and after are told with their pictures, and the choice comes back with the version", async () => {
  await using it = await share();
  const { studio } = it.world;
  await drawShots(it.world, it.project, ["shot_1"]);
  const one = await makeTake(it.world, it.project);
  await settle(it);
  const then = await head(it);
  const two = await makeTake(it.world, it.project);
  await studio.takes.activate(it.project, two.id, "Ada");
  await settle(it);
  const detail = HistoryDetail.parse(await call(it, "GET", `history/${await head(it)}`, 200));
  const [choice] = detail.takes;
  assert.deepEqual([choice!.shot, choice!.before?.name, choice!.after?.name], ["SHOT-1", one.name, two.name]);
  assert.equal(choice!.before?.take?.id, one.id);
  await call(it, "POST", `history/${then}/restore`, 200, {});
  const active = await studio.takes.active(studio.db.sql, it.project.id, ["shot_1"]);
  assert.equal(active.get("shot_1")?.name, one.name);
});

Deno.test("a version whose project.json cannot be read says so; a refused push is no version", async () => {
  await using it = await share();
  const film = await cloneOf(it);
  await film.commit({ "project.json": "{ half" });
  const broken = (await mustGit(film.path, ["rev-parse", "HEAD"])).trim();
  assert.notEqual((await runGit(film.path, ["push"])).code, 0);
  await call(it, "GET", `history/${broken}`, 404);
  await mustGit(film.path, ["revert", "--no-edit", "HEAD"]);
  await mustGit(film.path, ["push", "--quiet"]);
  const detail = await call(it, "GET", `history/${broken}`, 200);
  assert.match(detail.fault, /project\.json is not JSON/);
  assert.deepEqual(detail.files, [{ path: "project.json", change: "changed" }]);
  const refused = await call(it, "POST", `history/${broken}/restore`, 422, {});
  assert.match(refused.detail, /cannot be restored: project\.json is not JSON/);
});

Deno.test("milestones are tags that every clone gets, named once", async () => {
  await using it = await share();
  await call(it, "PUT", "canvas", 200, { graph: { nodes: [shot("010")], edges: [] } });
  const made = await call(
    it,
    "POST",
    "milestones",
    201,
    { name: "first-cut", message: "# For Ada" },
    "artist",
  );
  assert.deepEqual([made.name, made.message, made.author], ["first-cut", "# For Ada", "Test artist"]);
  assert.equal(made.commit, await head(it));
  const file = await mustGit(it.gitDir, ["show", "first-cut:project.json"]);
  assert.match(file, /SHOT-010/);
  const start = (await mustGit(it.gitDir, ["rev-list", "--max-parents=0", "main"])).trim();
  await call(it, "POST", "milestones", 201, { name: "v0.1", commit: start });
  const film = await cloneOf(it);
  assert.deepEqual((await mustGit(film.path, ["tag"])).trim().split("\n"), ["first-cut", "v0.1"]);
  await mustGit(film.path, ["tag", "by-hand"]);
  await mustGit(film.path, ["push", "--quiet", "--tags"]);
  const { items } = await call(it, "GET", "milestones", 200, undefined, "viewer");
  assert.deepEqual(
    items.map((each: { name: string }) => each.name).sort(),
    ["by-hand", "first-cut", "v0.1"],
  );

  assert.match(
    (await call(it, "POST", "milestones", 409, { name: "first-cut" })).detail,
    /choose another name/,
  );
  for (const name of ["", "-f", "a b", "a..b", "a/b", "a.lock", "a.", "ä", "x".repeat(61), "a\n"]) {
    await call(it, "POST", "milestones", 400, { name });
  }
  await call(it, "POST", "milestones", 404, { name: "nowhere", commit: "0".repeat(39) + "1" });
  await call(it, "POST", "milestones", 403, { name: "mine" }, "viewer");
});

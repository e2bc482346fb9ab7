import assert from "node:assert/strict";
import { unzipSync, zipSync } from "fflate";
import { ImportedProject } from "../../shared/api/archive.ts";
import { checkStudio } from "../../deploy/fsck/check.ts";
import { branchesOf, set, shot } from "../branches/testing.ts";
import { mustGit } from "../git/testing.ts";
import { picture, publish, putCanvas, use } from "../library/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { makeTake } from "../takes/testing.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { amend, exported, imported } from "./testing.ts";

const keeper = shot("010");

/** Main, a direction under a title of its own, one that was discarded with a take and a late change, a milestone. */
async function tellDirections(test: TestStudio): Promise<ProjectRow> {
  const project = await test.makeProject("Harbour");
  const it = branchesOf(test, project);
  await it.draw("main", keeper);
  await makeTake(test, project, { node_id: keeper.id } as never);
  await it.begin("Dusk");
  await it.ask("/branches/dusk", { method: "PATCH", json: { title: "Dusk, but warmer" } });
  await it.ask("?branch=dusk", { method: "PATCH", json: { description: "All in the last light" } });
  await it.change("dusk", set(keeper.id, { prompt: "The last light" }));
  await it.begin("Night");
  await it.change("night", set(keeper.id, { prompt: "Moonlight" }));
  await makeTake(test, await it.at("night"), { node_id: keeper.id } as never);
  // As the end of a lease does it.
  await test.studio.db.sql`update jobs set state = 'succeeded', finished_at = now()`;
  await it.ask("/milestones", { method: "POST", json: { name: "first-cut" } }, 201);
  await it.discard("night");
  // Not committed yet when it is exported.
  await it.change("main", set(keeper.id, { prompt: "Fog, and a horn" }));
  return project;
}

async function brought(test: TestStudio, zip: Uint8Array<ArrayBuffer>) {
  const answer = await imported(test, zip);
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return ImportedProject.parse(JSON.parse(text));
}

/** What a person sees of it, without what is of its own. */
async function told(test: TestStudio, project: { id: string }) {
  const it = branchesOf(test, project as ProjectRow);
  const list = async (query = "") =>
    (await it.list(query)).map(({ name, title, made_by, made_at, discarded }) => ({
      ...{ name, title, made_by, discarded },
      made_at: name === "main" ? "" : made_at,
    })).toSorted((a, b) => a.name < b.name ? -1 : 1);
  const live = await list();
  return {
    live,
    discarded: await list("?discarded=true"),
    canvases: await Promise.all(live.map(({ name }) => it.canvas(name))),
    takes: await Promise.all(live.map(({ name }) => it.takes(name))),
    about: (await it.ask<{ description: string }>("?branch=dusk")).description,
  };
}

Deno.test("every direction comes along with its title and settings, discarded ones to be brought back", async () => {
  await using here = await openTestStudio();
  const project = await tellDirections(here);
  const zip = await exported(here, project);
  const before = await told(here, project);
  assert.deepEqual(before.live.map(({ title }) => title), ["Dusk, but warmer", "Main"]);
  assert.deepEqual(before.discarded.map(({ name }) => name), ["night"]);

  await using there = await openTestStudio();
  const got = (await brought(there, zip)).project;
  await there.studio.git.settle(got.id);
  assert.deepEqual(await told(there, got), before);
  const row = await there.studio.projects.find(there.owner.tenant_id, got.id);
  const refs = (test: TestStudio, of: ProjectRow) =>
    mustGit(test.studio.git.path(of), ["for-each-ref", "--format=%(refname) %(objectname)"]);
  assert.equal(await refs(there, row), await refs(here, project), "nothing had to be committed");
  assert.match(await refs(there, row), /refs\/studio\/discarded\/night-.*\n.*refs\/tags\/first-cut/);
  const [old, fresh] = [branchesOf(here, project), branchesOf(there, row)];
  await old.restore("night");
  await fresh.restore("night");
  assert.deepEqual(await fresh.canvas("night"), await old.canvas("night"));
  assert.deepEqual(await fresh.takes("night"), await old.takes("night"));
  assert.equal((await fresh.shots("night"))[0]!.prompt, "Moonlight");
  assert.deepEqual((await checkStudio(there.studio, there.studio.config.dataDir)).findings, []);

  // Beside the first one: under ids of its own, with the same directions.
  const copy = (await brought(here, zip)).project;
  assert.notEqual(copy.id, project.id);
  assert.deepEqual(await told(here, copy), before);
  const second = branchesOf(here, await here.studio.projects.find(here.owner.tenant_id, copy.id));
  await second.restore("night");
  assert.equal((await second.manifest("night")).uuid, copy.id);
  assert.deepEqual(await second.takes("night"), await old.takes("night"));
});

Deno.test("an archive of before branches had rows is imported: directions by their names, takes of lost ones on main", async () => {
  await using here = await openTestStudio();
  const project = await tellDirections(here);
  const files = unzipSync(await exported(here, project));
  const path = `${project.slug}/.studio/records.jsonl`;
  const lines = new TextDecoder().decode(files[path]).split("\n");
  files[path] = new TextEncoder().encode(lines.filter((line) => !line.startsWith('["branch"')).join("\n"));
  amend(files, project.slug, "records", files[path]);

  await using there = await openTestStudio();
  const { project: got } = await brought(there, zipSync(files, { level: 1 }));
  await there.studio.git.settle(got.id);
  const { live, discarded, takes } = await told(there, got);
  assert.deepEqual([live.map(({ title }) => title), discarded], [["dusk", "Main"], []]);
  assert.deepEqual(takes[1]!.length, 2);
});

Deno.test("a node of the library says in its new studio, too, which version it was made from", async () => {
  await using here = await openTestStudio();
  const project = await here.makeProject("Harbour");
  const front = await picture(here, project, "front.png", 1);
  const asset = {
    ...{
      id: "k",
      type: "asset",
      title: "Keeper",
      position: { x: 0, y: 0 },
      kind: "character",
      description: "",
    },
    images: [front],
  };
  await putCanvas(here, project, { nodes: [asset], edges: [] });
  const item = await publish(here, {
    ...{ project_id: project.id, node_id: "k", folder: "Characters", title: "The Keeper" },
  });
  const { graph } = await use(here, item.id, 1, project);
  const library = { item: item.id, version: 1, part: graph.nodes[0]!.id };
  await putCanvas(here, project, { nodes: [{ ...graph.nodes[0]!, id: "used", library }], edges: [] });
  const zip = await exported(here, project);
  await using there = await openTestStudio();
  const { project: got, missing } = await brought(there, zip);
  assert.equal(missing, 0);
  const it = branchesOf(there, await there.studio.projects.find(there.owner.tenant_id, got.id));
  const node = (await it.canvas("main")).nodes.find(({ id }) => id === "used");
  assert.deepEqual(node?.library, library);
  // The studio has no such item: nothing newer is offered, and nothing fails.
  const known = await there.request(`/api/library/items?ids=${item.id}`);
  assert.deepEqual([known.status, (await known.json()).items], [200, []]);
});

import assert from "node:assert/strict";
import { treeOf } from "../git/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { branchesOf, set, shot } from "./testing.ts";

/** A node whose takes makeTake() makes. */
const keeper = shot("1", { id: "shot_1", title: "The keeper" });

Deno.test("a branch is a direction of its own: canvas, choices, commits; its takes are numbered with the project's", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  await makeTake(world, project);
  const branch = await it.begin("Look B: warmer");
  assert.deepEqual([branch.name, branch.title, branch.ahead, branch.behind], [
    "look-b-warmer",
    "Look B: warmer",
    0,
    0,
  ]);

  // It has what main had, and from then on its own.
  const look = await it.at(branch.name);
  assert.deepEqual(await it.takes(branch.name), ["SHOT-1_v01_take01 *"]);
  await it.change(branch.name, set("shot_1", { prompt: "Amber light" }), {
    op: "add_node",
    node: shot("2") as never,
  });
  const second = await makeTake(world, look);
  assert.equal(second.name, "SHOT-1_v01_take02");
  await it.ask(`/takes/${second.id}/activate?branch=${branch.name}`, { method: "POST" });
  const third = await makeTake(world, project);
  assert.equal(third.name, "SHOT-1_v01_take03");
  await studio.git.settle(project.id);

  assert.deepEqual((await it.shots("main")).map((node) => node.prompt), ["A lamp in the fog"]);
  assert.equal((await it.manifest(branch.name)).shots["SHOT-1"]!.active, second.name);
  assert.equal((await it.manifest("main")).shots["SHOT-1"]!.active, "SHOT-1_v01_take01");
  assert.deepEqual(await it.takes("main"), ["SHOT-1_v01_take03", "SHOT-1_v01_take01 *"]);
  assert.deepEqual(await it.takes(branch.name), ["SHOT-1_v01_take02 *", "SHOT-1_v01_take01"]);
  const gitDir = studio.git.path(project);
  const [main, other] = [await treeOf(gitDir), await treeOf(gitDir, branch.name)];
  assert.deepEqual([main.includes(second.path), other.includes(second.path)], [false, true]);
  assert.deepEqual([main.includes(third.path), other.includes(third.path)], [true, false]);

  // Quality is the branch's, too; title and the rest stay the project's as long as nobody changes them there.
  await it.ask(`?branch=${branch.name}`, { method: "PATCH", json: { quality: "high" } });
  await it.ask("", { method: "PATCH", json: { title: "The Keeper" } });
  const [one, two] = [await it.manifest("main"), await it.manifest(branch.name)];
  assert.deepEqual([one.quality, one.title, two.quality], ["standard", "The Keeper", "high"]);

  type Entries = { items: { subject: string; body: string }[] };
  const history = await it.ask<Entries>(`/history?branch=${branch.name}`);
  const told = history.items.map(({ subject, body }) => subject + body).join("\n");
  assert.match(told, /take02/);
  assert.doesNotMatch(told, /take03/);
  assert.deepEqual((await it.list()).map(({ name }) => name), ["main", "look-b-warmer"]);
  assert.equal((await world.request(`/api/projects/${project.id}/canvas?branch=nowhere`)).status, 404);

  // A take of another direction is chosen here: its files come along, so that a clone has all that the canvas shows.
  await it.ask(`/takes/${second.id}/activate`, { method: "POST" });
  await studio.git.settle(project.id);
  assert.ok((await treeOf(gitDir)).includes(second.path));
});

Deno.test("a branch begins with any version of history, and a version comes back on the branch alone", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  await world.studio.git.settle(project.id);
  const first = await world.studio.git.head(project);
  await it.change("main", set("shot_1", { prompt: "Rain" }));
  await world.studio.git.settle(project.id);
  const branch = await it.begin("As it was", { commit: first });
  assert.equal((await it.shots(branch.name))[0]!.prompt, "A lamp in the fog");
  assert.equal(branch.behind, 1);
  await it.change(branch.name, set("shot_1", { prompt: "Snow", title: "Winter" }));
  await it.ask(`/history/${first}/restore?branch=${branch.name}`, {
    method: "POST",
    json: { node_id: "shot_1" },
  });
  assert.deepEqual((await it.shots(branch.name)).map(({ prompt, title }) => [prompt, title]), [
    ["A lamp in the fog", "The keeper"],
  ]);
  assert.equal((await it.shots("main"))[0]!.prompt, "Rain");
  const mark = await it.ask<{ commit: string }>(`/milestones?branch=${branch.name}`, {
    method: "POST",
    json: { name: "winter-cut" },
  }, 201);
  assert.equal(mark.commit, await world.studio.git.head(project, branch.name));
  const bad = await world.request(`/api/projects/${project.id}/branches`, {
    method: "POST",
    json: { title: "Nothing", commit: "0".repeat(40) },
  });
  assert.equal(bad.status, 404);
});

Deno.test("a discarded branch is out of the way and whole: what comes in goes to it, and it comes back as it was", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  const branch = await it.begin("Night");
  const look = await it.at("night");
  await it.change("night", set("shot_1", { prompt: "Moonlight" }));
  const gone = await it.discard(branch.name);
  assert.equal(gone.discarded?.by, world.owner.name);
  // An agent was still at it.
  const late = await makeTake(world, look);
  await studio.git.settle(project.id);
  assert.deepEqual((await it.list()).map(({ name }) => name), ["main"]);
  assert.deepEqual((await it.list("?discarded=true")).map(({ name }) => name), ["night"]);
  const refs = await it.git("for-each-ref", "--format=%(refname)");
  assert.match(refs, /^refs\/heads\/main\nrefs\/studio\/discarded\/night-\d{17}\n$/);
  const closed = await world.request(`/api/projects/${project.id}/canvas?branch=night`);
  assert.match((await closed.json()).detail, /was discarded by Owner.*Bring it back|was discarded by/);

  // Its name is its own for ever.
  const again = await world.request(`/api/projects/${project.id}/branches`, {
    method: "POST",
    json: { title: "Night", name: "night" },
  });
  assert.match((await again.json()).detail, /which was discarded. Bring it back, or choose another name/);
  assert.equal((await it.begin("Night")).name, "night-2");

  await it.restore("night");
  assert.equal((await it.shots("night"))[0]!.prompt, "Moonlight");
  assert.deepEqual(await it.takes("night"), [`${late.name} *`]);
  assert.equal((await it.manifest("night")).shots["SHOT-1"]!.active, late.name);
  assert.ok((await treeOf(studio.git.path(project), "night")).includes(late.path));
  await it.change("night", set("shot_1", { prompt: "Stars" }));
  assert.equal((await it.manifest("night")).canvas.nodes.length, 1);
});

Deno.test("what a gateway has begun with a branch's ref and not ended, the next one ends", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const { sql } = studio.db;
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  const names = ["one", "two", "three"];
  for (const name of names) await it.begin(name);
  await it.discard("three");
  // The rows say what was decided; the refs know nothing of it yet.
  await it.git("update-ref", "-d", "refs/heads/one");
  await sql`update branches set doing = 'make' where name = 'one'`;
  await sql`
    update branches set doing = 'discard', kept_ref = 'refs/studio/discarded/two-1', discarded_by = 'Ada'
    where name = 'two'`;
  await sql`update branches set doing = 'restore' where name = 'three'`;
  await studio.branches.repair();
  const refs = await it.git("for-each-ref", "--format=%(refname)");
  assert.deepEqual(refs.trim().split("\n"), [
    "refs/heads/main",
    "refs/heads/one",
    "refs/heads/three",
    "refs/studio/discarded/two-1",
  ]);
  assert.deepEqual((await it.list()).map(({ name }) => name).sort(), ["main", "one", "three"]);
  assert.deepEqual((await it.list("?discarded=true")).map(({ name }) => name), ["two"]);
  // Once more changes nothing.
  await sql`update branches set doing = 'make' where name = 'one'`;
  await studio.branches.repair();
  assert.equal(await it.git("for-each-ref", "--format=%(refname)"), refs);
});

Deno.test("a branch pushed again while something came to where it was kept has both", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const { sql } = studio.db;
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  const file = (path: string) => ({ message: path, author: "Ada", changes: [{ path, content: path }] });
  for (const name of ["behind", "apart"]) {
    await it.begin(name);
    const look = await it.at(name);
    await it.change(name, set("shot_1", { prompt: `Of ${name}` }));
    await studio.git.settle(project.id);
    const pushed = name === "behind"
      ? await studio.git.head(look)
      : await studio.git.commit(look, file("04_Project_Files/pushed.txt"));
    if (name === "apart") await it.git("update-ref", `refs/heads/${name}`, `${pushed}~`);
    await it.discard(name);
    const late = await makeTake(world, look);
    await studio.git.settle(project.id);
    // As Git leaves it when the push has landed and the studio has not looked yet.
    await it.git("update-ref", `refs/heads/${name}`, pushed!);
    await sql`update branches set doing = 'restore' where name = ${name}`;
    await studio.branches.repair();
    const manifest = await it.manifest(name);
    assert.equal(manifest.shots["SHOT-1"]!.active, late.name);
    assert.equal((manifest.canvas.nodes[0] as { prompt: string }).prompt, `Of ${name}`);
    const tree = await treeOf(studio.git.path(project), name);
    assert.deepEqual(
      [late.path, "04_Project_Files/pushed.txt"].map((path) => tree.includes(path)),
      [true, name === "apart"],
    );
    const log = await it.git("log", "--format=%H", name);
    assert.ok(log.includes(pushed!));
  }
  assert.doesNotMatch(await it.git("for-each-ref"), /discarded/);
});

Deno.test("names are as Git takes them, and foreign branches are nobody's", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const it = branchesOf(world, project);
  assert.equal((await it.begin("Grüße aus Köln", { name: "ada/größe" })).name, "ada/größe");
  assert.equal((await it.begin("Grüße aus Köln")).name, "grusse-aus-koln");
  const refused = async (body: Record<string, unknown>) => {
    const answer = await world.request(`/api/projects/${project.id}/branches`, {
      method: "POST",
      json: body,
    });
    return [answer.status, (await answer.json()).code];
  };
  assert.deepEqual(await refused({ title: "x", name: "ada" }), [409, "conflict"]);
  assert.deepEqual(await refused({ title: "x", name: "MAIN" }), [409, "conflict"]);
  assert.deepEqual(await refused({ title: "x", name: "a b" }), [400, "invalid_request"]);
  assert.deepEqual(await refused({ title: "x", name: "-f" }), [400, "invalid_request"]);
  assert.deepEqual(await refused({ title: "x", from: "nowhere" }), [404, "not_found"]);
  const main = await world.request(`/api/projects/${project.id}/branches/main`, { method: "DELETE" });
  assert.equal(main.status, 422);
  const other = await world.secondTenant();
  for (const path of ["", "/ada%2Fgr%C3%B6%C3%9Fe"]) {
    assert.equal((await other.request(`/api/projects/${project.id}/branches${path}`)).status, 404);
  }
  const viewer = await world.request(
    `/api/projects/${project.id}/branches/ada%2Fgr%C3%B6%C3%9Fe`,
    { method: "DELETE" },
    "viewer",
  );
  assert.equal(viewer.status, 403);
  assert.equal((await it.discard("ada/größe")).discarded?.by, world.owner.name);
});

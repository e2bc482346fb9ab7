import assert from "node:assert/strict";
import { mustGit, treeOf } from "../git/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { branchesOf, set, shot } from "./testing.ts";

const keeper = shot("1", { id: "shot_1", title: "The keeper" });

Deno.test("what two directions changed apart comes together by itself, as a commit with two parents", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const it = branchesOf(world, project);
  await it.draw("main", keeper, shot("2"));
  await it.begin("Look B");
  const look = await it.at("look-b");
  await it.change("look-b", set("shot_1", { prompt: "Amber" }), { op: "add_node", node: shot("3") as never });
  const take = await makeTake(world, look);
  await studio.git.commit(look, {
    message: "A note",
    author: "Ada",
    changes: [{ path: "04_Project_Files/light.txt", content: "amber" }],
  });
  await it.change("main", set("shot_1", { duration: 48 }), { op: "remove_node", id: "shot-2" });

  const plan = await it.merge("look-b");
  assert.deepEqual([plan.state, plan.conflicts, plan.commit], ["clean", [], null]);
  assert.deepEqual(plan.changes.map(({ sentence }) => sentence), [
    '"Shot 3" was added.',
    '"The keeper": prompt "A lamp in the fog" → "Amber".',
  ]);
  assert.deepEqual(plan.takes.map(({ before, after }) => [before, after?.name]), [[null, take.name]]);
  assert.deepEqual(plan.files.map(({ path }) => path), [
    "03_Renders/SHOT-1/SHOT-1_v01_take01.json",
    take.path,
    "04_Project_Files/light.txt",
  ]);
  assert.equal((await it.shots("main")).length, 1);

  const [here, there] = [plan.into.commit, plan.from.commit];
  const done = await it.merge("look-b", { apply: true, into_commit: here, from_commit: there });
  assert.equal(done.state, "merged");
  assert.equal((await it.git("log", "-1", "--format=%P", done.commit!)).trim(), `${here} ${there}`);
  assert.equal((await it.git("log", "-1", "--format=%s", done.commit!)).trim(), "Merge Look B into Main");
  const nodes = await it.shots("main");
  assert.deepEqual(nodes.map(({ id, prompt, duration }) => [id, prompt, duration]), [
    ["shot-3", "A lamp in the fog", 96],
    ["shot_1", "Amber", 48],
  ]);
  assert.deepEqual(await it.takes("main"), [`${take.name} *`]);
  const tree = await treeOf(studio.git.path(project));
  assert.ok(tree.includes(take.path) && tree.includes("04_Project_Files/light.txt"));
  // The canvas is what the merge says: nothing more to commit.
  assert.equal((await it.manifest("main")).canvas.nodes.length, 2);
  assert.equal(await studio.git.head(project), done.commit);
  assert.equal((await it.merge("look-b")).state, "nothing");
  // And the other way round, where all of it is new.
  const back = await it.merge("main", { into: "look-b", apply: true });
  assert.equal(back.state, "merged");
  assert.equal((await it.shots("look-b")).length, 2);
  await mustGit(studio.git.path(project), ["fsck", "--strict", "--no-dangling"]);
});

Deno.test("where both changed the same, the artist chooses; without a choice nothing is changed", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const it = branchesOf(world, project);
  await it.draw("main", keeper, shot("2"));
  await makeTake(world, project);
  const file = (content: string) => ({
    message: "A note",
    author: "Ada",
    changes: [{ path: "04_Project_Files/light.txt", content }],
  });
  await studio.git.commit(project, file("dim"));
  await it.begin("Look B");
  const look = await it.at("look-b");
  await it.change(
    "look-b",
    set("shot_1", { prompt: "Amber", position: { x: 9, y: 9 } }),
    { op: "remove_node", id: "shot-2" },
    { op: "add_node", node: shot("3", { id: "theirs", title: "Theirs" }) as never },
  );
  const theirs = await makeTake(world, look);
  await it.ask(`/takes/${theirs.id}/activate?branch=look-b`, { method: "POST" });
  await studio.git.commit(look, file("amber"));
  await it.ask("?branch=look-b", { method: "PATCH", json: { quality: "high" } });

  await it.change(
    "main",
    set("shot_1", { prompt: "Blue", position: { x: 5, y: 5 } }),
    set("shot-2", { prompt: "Fog" }),
    { op: "add_node", node: shot("3", { id: "mine", title: "Mine" }) as never },
  );
  const mine = await makeTake(world, project);
  await it.ask(`/takes/${mine.id}/activate`, { method: "POST" });
  await studio.git.commit(project, file("blue"));
  await it.ask("", { method: "PATCH", json: { quality: "low" } });

  const plan = await it.merge("look-b");
  const inWords = plan.conflicts.map(({ id, base, mine, theirs }) => [id, base, mine, theirs]);
  assert.deepEqual(inWords.slice(0, -1), [
    ["setting:quality", "standard", "low", "high"],
    ["node:shot-2", "Shot 2 (shot)", "Shot 2 (shot)", null],
    ["field:shot_1:position", "x 0, y 0", "x 5, y 5", "x 9, y 9"],
    ["field:shot_1:prompt", "A lamp in the fog", "Blue", "Amber"],
    ["name:SHOT-3:theirs", null, "Mine", "Theirs"],
    ["take:shot_1", "SHOT-1_v01_take01", mine.name, theirs.name],
  ]);
  assert.match(inWords.at(-1)!.join(), /^file:04_Project_Files\/light.txt,3 bytes .*,4 bytes .*,5 bytes /);
  const pictures = plan.conflicts.find(({ kind }) => kind === "take")!.takes!;
  assert.deepEqual([pictures.before?.take?.id, pictures.after?.take?.id], [mine.id, theirs.id]);

  const before = await studio.git.head(project);
  const refused = await it.merge("look-b", { apply: true, choices: { "setting:quality": "mine" } }, 409);
  assert.match((refused as unknown as { detail: string }).detail, /^6 conflicts wait for a choice/);
  assert.equal(await studio.git.head(project), before);
  const stale = { apply: true, all: "mine", into_commit: plan.from.commit };
  assert.match(
    (await it.merge("look-b", stale, 409) as unknown as { detail: string }).detail,
    /Main has changed/,
  );

  const choices = { "field:shot_1:prompt": "mine", "take:shot_1": "theirs", "node:shot-2": "mine" };
  await it.merge("look-b", { apply: true, choices, all: "theirs" });
  const nodes = await it.shots("main");
  assert.deepEqual(nodes.map(({ id, shot, prompt }) => [id, shot, prompt]), [
    ["mine", "SHOT-4", "A lamp in the fog"],
    ["shot-2", "SHOT-2", "Fog"],
    ["shot_1", "SHOT-1", "Blue"],
    ["theirs", "SHOT-3", "A lamp in the fog"],
  ]);
  assert.deepEqual(nodes.find(({ id }) => id === "shot_1")!.position, { x: 9, y: 9 });
  const manifest = await it.manifest("main");
  assert.deepEqual([manifest.quality, manifest.shots["SHOT-1"]!.active], ["high", theirs.name]);
  assert.equal(await it.git("show", "main:04_Project_Files/light.txt"), "amber");
  assert.deepEqual(
    (await it.takes("main")).sort(),
    ["SHOT-1_v01_take01", `${theirs.name} *`, mine.name].sort(),
  );
});

Deno.test("what is typed on the canvas during a merge stays, and locked files are not changed under anybody's hands", async () => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const { studio } = world;
  const it = branchesOf(world, project);
  await it.draw("main", keeper);
  const file = (content: string) => ({
    message: "A scene",
    author: "Ada",
    changes: [{ path: "04_Project_Files/scene.txt", content }],
  });
  await studio.git.commit(project, file("one"));
  await it.begin("Look B");
  await it.change("look-b", set("shot_1", { prompt: "Amber", duration: 24 }));
  await studio.git.commit(await it.at("look-b"), file("two"));
  await studio.db.sql`insert into lfs_locks ${
    studio.db.sql({
      id: crypto.randomUUID(),
      tenant_id: project.tenant_id,
      project_id: project.id,
      path: "04_Project_Files/scene.txt",
      user_id: world.artist.user_id,
    })
  }`;
  const refused = await it.merge("look-b", { apply: true }, 409) as unknown as { detail: string };
  assert.match(refused.detail, /scene\.txt is locked by Test artist/);
  await studio.db.sql`delete from lfs_locks`;

  // Somebody types between the look at Git and the swap: as if the merge had been made a moment before.
  const { bring } = studio.pushes;
  studio.pushes.bring = async (...args) => {
    const landed = await bring(...args);
    await it.change("main", set("shot_1", { prompt: "Typed just now" }));
    return landed;
  };
  await it.merge("look-b", { apply: true });
  studio.pushes.bring = bring;
  const [node] = await it.shots("main");
  assert.deepEqual([node!.prompt, node!.duration], ["Typed just now", 24]);
  const file_ = (await it.manifest("main")).canvas.nodes[0] as { prompt: string };
  assert.equal(file_.prompt, "Typed just now");
  const notices = await studio.db.sql<{ sentence: string }[]>`select sentence from notices order by id`;
  assert.match(notices.map((each) => each.sentence).join("\n"), /keeps its own prompt/);
});

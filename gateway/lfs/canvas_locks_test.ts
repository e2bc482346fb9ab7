import assert from "node:assert/strict";
import type { StudioEvent } from "../../shared/events/events.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { picture, putCanvas } from "../library/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { infoLfs } from "./testing.ts";

Deno.test("what somebody has locked, the studio's own writers leave alone and say whose it is", async (t) => {
  await using test = await openTestStudio();
  const { studio } = test;
  const film = await test.makeProject();
  const heard: StudioEvent["type"][] = [];
  using _ear = studio.events.subscribe(
    { tenant_id: film.tenant_id, project_id: film.id },
    (event) => heard.push(event.type),
  );
  const at = `/api/projects/${film.id}`;
  const front = await picture(test, film, "keeper.png", 1);
  const back = await picture(test, film, "back.png", 2);
  const asset = (images: unknown[]) => ({
    nodes: [{ id: "a", type: "asset", title: "Keeper", position: { x: 0, y: 0 }, images }],
    edges: [],
  });
  await putCanvas(test, film, asset([front, back]));
  const lock = (path: string, as: "owner" | "artist" | "viewer") =>
    test.request(`${at}/locks`, { method: "POST", json: { path } }, as);
  const locked = await lock(front.path, "artist");
  assert.equal(locked.status, 201);
  const { id } = await locked.json();

  await t.step("everybody sees it, by git-lfs as on the canvas", async () => {
    const listed = await (await test.request(`${at}/locks`, {}, "viewer")).json();
    assert.deepEqual(
      listed.items.map((each: Record<string, unknown>) => [each.path, each.owner, each.ours]),
      [
        [front.path, "Test artist", false],
      ],
    );
    const lfs = await (await test.request(`${infoLfs(film)}/locks`)).json();
    assert.deepEqual(lfs.locks.map((each: { path: string }) => each.path), [front.path]);
    assert.ok(heard.includes("locks"));
  });
  await t.step("another cannot lock, unlock or take it out of a node; whoever has it can", async () => {
    for (
      const refused of [
        await lock(front.path, "owner"),
        await test.request(`${at}/locks/${id}`, { method: "DELETE" }),
        await test.request(`${at}/canvas`, {
          method: "PATCH",
          json: { operations: [{ op: "update_node", id: "a", set: { images: [back] } }] },
        }),
      ]
    ) {
      assert.equal(refused.status, 423);
      assert.match(
        (await refused.json()).detail,
        /keeper\.png is locked by Test artist\. Ask them to unlock it/,
      );
    }
    // In another order, with another picture beside it, and without the whole node, it stays what it is.
    const patch = (operations: unknown[], as: "owner" | "artist") =>
      test.request(`${at}/canvas`, { method: "PATCH", json: { operations } }, as);
    const order = { op: "update_node", id: "a", set: { images: [back, front], title: "The Keeper" } };
    assert.equal((await patch([order], "owner")).status, 200);
    const out = { op: "update_node", id: "a", set: { images: [back] } };
    assert.equal((await patch([out], "artist")).status, 200);
    assert.equal((await lock(front.path, "artist")).status, 200);
  });
  await t.step("its place is not filed into", async () => {
    await lock("01_Assets/Images/plate.png", "artist");
    const body = { folder: "Images", name: "plate.png", ...await upload(test, film, png(8, 8, 7)) } as const;
    const refused = await fileAsset(test, film, body, "owner");
    assert.equal(refused.status, 423);
    assert.match((await refused.json()).detail, /01_Assets\/Images\/plate\.png is locked by Test artist/);
    assert.equal((await fileAsset(test, film, body, "artist")).status, 201);
  });
  await t.step("what was pushed in a file's place is not put back by filing it again", async () => {
    const theirs = await studio.lfs.store(film, png(8, 8, 9));
    await studio.git.settle(film.id);
    await studio.git.commit(film, {
      message: "Retouched",
      author: "A person",
      changes: [{
        path: back.path,
        content:
          `version https://git-lfs.github.com/spec/v1\noid sha256:${theirs.oid}\nsize ${theirs.size}\n`,
      }],
    });
    const again = await fileAsset(test, film, {
      folder: "Images",
      name: "back.png",
      oid: back.oid,
      size: back.size,
    });
    assert.equal((await again.json()).path, "01_Assets/Images/back-2.png");
    await studio.git.settle(film.id);
    const there = new TextDecoder().decode((await studio.git.readFile(film, back.path))!);
    assert.match(there, new RegExp(theirs.oid));
  });
  await t.step("only an owner breaks it, and the log says so", async () => {
    const mine = await (await lock("01_Assets/Images/mine.psd", "owner")).json();
    const by = (which: string, as: "artist" | "owner" | "viewer", force = true) =>
      test.request(`${at}/locks/${which}?force=${force}`, { method: "DELETE" }, as);
    assert.equal((await by(mine.id, "artist")).status, 403);
    assert.equal((await by(id, "viewer")).status, 403);
    assert.equal((await by(id, "owner")).status, 204);
    assert.equal((await by(id, "owner")).status, 404);
    assert.equal((await by(mine.id, "owner", false)).status, 204);
    const { items } = await (await test.request("/api/audit")).json();
    assert.equal(
      items[0].sentence,
      `Test owner broke the lock of Test artist on ${front.path}.`.replace("Test owner", test.owner.name),
    );
    assert.equal((await lock("project.json", "artist")).status, 403);
    assert.equal((await lock("../x", "artist")).status, 400);
  });
});

import assert from "node:assert/strict";
import { lfsKey } from "../objects/mod.ts";
import { lfs, openLfsStory, plain, pointerOf, push } from "./testing.ts";

Deno.test("where the store checks nothing, verify hashes the object itself and throws wrong bytes away", async () => {
  await using story = await openLfsStory("lax");
  const { test, project } = story;
  const { objects, db, lfs: room } = test.studio;
  assert.ok(
    test.lines.some((line) => /hashes each upload itself/.test(line)),
    "the operator is told at the start",
  );

  const take = pointerOf("the bytes that were announced");
  const announce = () => lfs(story, "objects/batch", { operation: "upload", objects: [plain(take)] });
  const put = async (bytes: Uint8Array<ArrayBuffer>) => {
    const { upload } = (await announce()).body.objects[0].actions;
    const response = await fetch(upload.href, { method: "PUT", headers: upload.header, body: bytes });
    await response.body?.cancel();
    assert.equal(response.status, 200, "the store takes anything");
  };

  await put(take.bytes.toReversed());
  const wrong = await lfs(story, "verify", plain(take));
  assert.equal(wrong.status, 422);
  assert.match(wrong.body.message, /thrown away, upload the object again/);
  assert.equal(await objects.head(lfsKey(project.tenant_id, project.id, take.oid)), null);
  assert.equal(await room.ready(db.sql, project.id, take.oid), null);

  await put(take.bytes);
  const unproved = await announce();
  assert.ok(unproved.body.objects[0].actions?.upload, "not adopted on the store's word alone");
  assert.equal((await lfs(story, "verify", plain(take))).status, 200);
  assert.equal(await room.ready(db.sql, project.id, take.oid), take.size);
  assert.equal((await announce()).body.objects[0].actions, undefined);
  await push(story, ["another", "and one more"]);
});

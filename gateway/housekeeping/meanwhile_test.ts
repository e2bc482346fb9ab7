import assert from "node:assert/strict";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { type Share, share } from "../git/sharing.ts";
import { mustGit } from "../git/testing.ts";
import { cloneOf } from "../pushes/testing.ts";
import { aMonthPasses, isStored, keep, text } from "./testing.ts";

Deno.test("a push, an upload or a filing that comes while it is being cleared away loses nothing", async (t) => {
  await using it = await share();
  const { world, project } = it;
  const { studio } = world;

  await t.step("a client that is told 'the studio has it' may push the pointer", async () => {
    const bytes = text("uploaded long ago, and pushed now");
    const pointer = await studio.lfs.store(project, bytes);
    await aMonthPasses(world);
    const answer = await world.request(
      `/git/${project.tenant_slug}/${project.slug}.git/info/lfs/objects/batch`,
      {
        method: "POST",
        json: { operation: "upload", objects: [pointer] },
      },
    );
    assert.equal((await answer.json()).objects[0].actions, undefined, "there is nothing to send");
    await keep(world, true);
    assert.ok(await isStored(world, project, pointer.oid));
    const clone = await cloneOf(it, "artist");
    await clone.commit({ "01_Assets/Video/late.mp4": writePointer(pointer) }, "Late");
    await mustGit(clone.path, ["push", "--quiet"]);
    await aMonthPasses(world);
    await keep(world, true);
    assert.ok(await isStored(world, project, pointer.oid));
  });
  await t.step("a push that names an old object, whatever was asked before", () => pushWhileCleaning(it));
  await t.step("many at once: each object that was promised is there", async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const bytes = png(8, 8, n + 1);
        return { bytes, pointer: await studio.lfs.store(project, bytes) };
      }),
    );
    await aMonthPasses(world);
    const cleaning = keep(world, true);
    const bringing = Promise.all(
      all.filter((_, n) => n % 2 === 0).map(async ({ bytes }, n) => {
        // As a browser does it; what has just gone is asked for and sent again.
        const pointer = await upload(world, project, bytes);
        const filed = await fileAsset(world, project, { folder: "Images", name: `${n}.png`, ...pointer });
        assert.ok(filed.ok, await filed.text());
        return pointer;
      }),
    );
    const [brought] = await Promise.all([bringing, cleaning]);
    await keep(world, true);
    for (const { oid } of brought) {
      assert.ok(await isStored(world, project, oid), "an asset lost its bytes");
      assert.notEqual(await studio.lfs.ready(studio.db.sql, project.id, oid), null);
    }
  });
});

/** The hook looks at the pointer, housekeeping has found it to be nobody's before; then the branch moves. */
async function pushWhileCleaning(it: Share): Promise<void> {
  const { world, project } = it;
  const pointer = await world.studio.lfs.store(project, text("named by a push"));
  const clone = await cloneOf(it, "owner");
  await clone.commit({ "01_Assets/Video/named.mp4": writePointer(pointer) }, "Named");
  await aMonthPasses(world);
  const pushed = mustGit(clone.path, ["push", "--quiet"]).then(() => true, () => false);
  for (let round = 0; round < 5; round++) await keep(world, true);
  // Either the push was first and its object stays, or it was refused, with what to do; never landed without it.
  assert.equal(await pushed, await isStored(world, project, pointer.oid));
}

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { upload, UploadRefused } from "../../agent/lease/upload.ts";
import { DEFAULTS, keepHouse } from "../../gateway/housekeeping/mod.ts";
import { lfs, openLfsStory, plain, pointerOf } from "../../gateway/lfs/testing.ts";
import { lfsKey } from "../../gateway/objects/mod.ts";
import { film as shots, put } from "../../gateway/assembly/testing.ts";
import { bucketMissing } from "../testing/bucket.ts";

const MIB = 1024 ** 2;
const missing = await bucketMissing();
if (missing) console.warn(`Skipped: ${missing}`);

Deno.test({
  name: "an agent sends a film that is too large for one PUT in parts, and goes on where it broke off",
  ignore: missing !== null,
  async fn(t) {
    await using story = await openLfsStory("S3", { S3_LARGEST_PUT: String(5 * MIB) });
    const { test, project } = story;
    const { studio } = test;
    await put(test, project, shots());
    const agent = await test.joinAgent();
    const asked = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "s1" },
    });
    assert.equal(asked.status, 202, await asked.text());
    const lease = await agent.lease();
    const folder = await Deno.makeTempDir({ prefix: "studio-parts-" });
    const file = async (name: string, size: number) => {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65_536) {
        crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)));
      }
      await Deno.writeFile(`${folder}/${name}`, bytes);
      return {
        path: `${folder}/${name}`,
        oid: createHash("sha256").update(bytes).digest("hex"),
        size,
        bytes,
      };
    };
    const stored = async (oid: string) => {
      const stream = await studio.lfs.read(project, oid);
      return stream &&
        new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
    };
    const unfinished = () => Array.fromAsync(studio.objects.unfinished("tenants/"));
    const film = await file("film.mp4", 13 * MIB + 17);

    await t.step("it breaks off after the first parts", async () => {
      const stop = new AbortController();
      const sending = upload(film, lease.lfs, {
        signal: stop.signal,
        sent: (bytes) => bytes >= 6 * MIB && stop.abort(new Error("the agent was killed")),
      });
      await assert.rejects(sending, /the agent was killed/);
      assert.equal((await unfinished()).length, 1);
      assert.equal(await stored(film.oid), null);
    });
    await t.step("another process sends the rest, and the film is what it was", async () => {
      const [before] = await unfinished();
      let least = Infinity;
      await upload(film, lease.lfs, {
        signal: new AbortController().signal,
        sent: (bytes) => least = Math.min(least, bytes),
      });
      assert.ok(least >= before!.size, `it began at ${least} though ${before!.size} bytes were there`);
      assert.deepEqual(await stored(film.oid), film.bytes);
      assert.deepEqual(await unfinished(), []);
      assert.equal((await studio.db.sql`select 1 from lfs_multiparts`).length, 0);
    });
    await t.step("what the store has is not sent again, and becomes a take", async () => {
      const sent: number[] = [];
      await upload(film, lease.lfs, {
        signal: new AbortController().signal,
        sent: (bytes) => sent.push(bytes),
      });
      assert.deepEqual(sent, [film.size]);
      const done = await agent.complete(lease, {
        body: { file: { oid: film.oid, size: film.size, extension: "mp4" } },
      });
      assert.equal(done.status, 204, await done.text());
    });
    await t.step("other bytes than were announced never become the object", async () => {
      const good = await file("good.mp4", 6 * MIB);
      const owner = { url: lease.lfs.url, authorization: `Bearer ${test.tokens.owner}` };
      await Deno.writeFile(good.path, new Uint8Array(6 * MIB).fill(7));
      const refused = await upload(good, owner, {
        signal: new AbortController().signal,
        backoff: { baseMs: 1, capMs: 2 },
      }).then(() => null, (error) => error);
      assert.ok(refused instanceof UploadRefused, String(refused));
      assert.match(refused.message, /have the SHA-256/);
      assert.equal(await stored(good.oid), null);
      assert.equal(await studio.objects.head(lfsKey(project.tenant_id, project.id, good.oid)), null);
    });
    await t.step("git lfs, which has one PUT only, is told so", async () => {
      const large = { oid: "ab".repeat(32), size: 6 * MIB };
      const { status, body } = await lfs(story, "objects/batch", { operation: "upload", objects: [large] });
      assert.equal(status, 200);
      assert.equal(body.objects[0].error.code, 422);
      assert.match(
        body.objects[0].error.message,
        /6 MiB is too large: git lfs sends at most 5 MiB to this studio's store/,
      );
    });
    await t.step(
      "who may only look begins no upload, a wrong part is refused, an abandoned one is cleared away",
      async () => {
        const pointer = { oid: "cd".repeat(32), size: 12 * MIB };
        assert.equal((await lfs(story, "multipart", pointer, { as: "viewer" })).status, 403);
        const { body } = await lfs(story, "multipart", pointer);
        assert.deepEqual(body.missing.map((part: { size: number }) => part.size), [
          5 * MIB,
          5 * MIB,
          2 * MIB,
        ]);
        const none = await lfs(story, "multipart/part", { ...pointer, number: 4, sha256: "ef".repeat(32) });
        assert.equal(none.status, 422);
        const early = await lfs(story, "multipart/complete", pointer);
        assert.match(early.body.message, /3 parts of .* are not in the store yet/);
        const right = pointerOf(new Uint8Array(5 * MIB));
        const part = await lfs(story, "multipart/part", { ...pointer, number: 1, sha256: right.oid });
        const wrong = await fetch(part.body.href, {
          method: "PUT",
          headers: part.body.header,
          body: new Uint8Array(5 * MIB).fill(1),
        });
        assert.equal(wrong.ok, false, "other bytes than the part was signed for");
        await wrong.body?.cancel();
        const small = await lfs(story, "multipart", plain(pointerOf("small")));
        assert.equal(small.status, 422);

        const [upload] = await unfinished();
        const later = { ...studio.objects, unfinished: () => once({ ...upload!, begun: new Date(0) }) };
        await Array.fromAsync(keepHouse({ ...studio, objects: later }, { remove: true, ...DEFAULTS }));
        assert.equal((await unfinished()).length, 1, "somebody was at it just now");
        await studio.db.sql`update lfs_multiparts set touched_at = now() - interval '30 days'`;
        await Array.fromAsync(keepHouse({ ...studio, objects: later }, { remove: true, ...DEFAULTS }));
        assert.deepEqual(await unfinished(), []);
      },
    );
    await Deno.remove(folder, { recursive: true });
  },
});

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}

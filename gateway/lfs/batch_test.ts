import assert from "node:assert/strict";
import { BatchResponse } from "../../shared/lfs/batch.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import { s3Skipped } from "../objects/testing.ts";
import { lfsKey } from "../objects/mod.ts";
import {
  follow,
  infoLfs,
  lfs,
  type LfsStory,
  openLfsStory,
  plain,
  pointerOf,
  push,
  type StoreKind,
} from "./testing.ts";

const noS3 = await s3Skipped();

type Step = (story: LfsStory) => Promise<void>;
const steps: [string, Step][] = [];

/** A step of the same story on both stores; each in a project of its own. */
function tell(sentence: string, step: Step): void {
  steps.push([sentence, step]);
}

for (const kind of ["disk", "S3"] satisfies StoreKind[]) {
  Deno.test({
    name: `LFS with objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn(t) {
      await using story = await openLfsStory(kind as StoreKind);
      for (const [at, [sentence, step]] of steps.entries()) {
        const project = await story.test.makeProject(`Story ${at}`);
        await t.step(sentence, () => step({ ...story, project }));
      }
    },
  });
}

/** As the git-lfs project's own server test makes them: 50 to 249 bytes of chance. */
function some(count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, () => {
    const bytes = new Uint8Array(50 + Math.floor(Math.random() * 200));
    return crypto.getRandomValues(bytes);
  });
}

async function batch(story: LfsStory, operation: "upload" | "download", objects: Pointer[]) {
  const { status, type, body } = await lfs(story, "objects/batch", {
    operation,
    objects: objects.map(plain),
    ref: { name: "refs/heads/main" },
  });
  assert.equal(status, 200);
  assert.equal(type, "application/vnd.git-lfs+json");
  return BatchResponse.parse(body);
}

// The seven checks of t/git-lfs-test-server-api, in its words.

tell("download all existing: each has a download action that gives its bytes", async (story) => {
  const contents = some(50);
  const pointers = await push(story, contents);
  const { objects, transfer, hash_algo } = await batch(story, "download", pointers);
  assert.deepEqual([transfer, hash_algo], ["basic", "sha256"]);
  assert.equal(objects.length, 50);
  for (const [at, object] of objects.entries()) {
    assert.equal(object.error, undefined);
    assert.equal(object.authenticated, true);
    const { href, header, expires_in } = object.actions!.download!;
    assert.ok(expires_in! > 3000 && expires_in! < 3600);
    const response = await fetch(href, { headers: header });
    assert.deepEqual(await response.bytes(), contents[at]);
  }
});

tell("download all missing: no action, and 404 for each", async (story) => {
  const { objects } = await batch(story, "download", some(20).map(pointerOf));
  assert.equal(objects.length, 20);
  for (const { actions, error } of objects) {
    assert.equal(actions, undefined);
    assert.equal(error?.code, 404);
  }
});

tell("download mixed: each gets its own answer, in order", async (story) => {
  const there = await push(story, some(20));
  const missing = some(20).map(pointerOf);
  const asked = there.flatMap((each, at) => [each, missing[at]!]);
  const { objects } = await batch(story, "download", asked);
  assert.deepEqual(objects.map(({ oid, size }) => ({ oid, size })), asked.map(plain));
  assert.ok(
    objects.every(({ actions, error }, at) => at % 2 ? error?.code === 404 && !actions : actions?.download),
  );
});

tell("upload all missing: an upload action for each, a verify action beside it", async (story) => {
  const { objects } = await batch(story, "upload", some(20).map(pointerOf));
  assert.equal(objects.length, 20);
  for (const { actions, error, authenticated } of objects) {
    assert.equal(error, undefined);
    assert.equal(authenticated, true);
    assert.ok(actions?.upload && actions.verify);
    const sent = JSON.stringify(actions);
    assert.ok(!/authorization/i.test(sent), "the caller's credentials are not handed on");
    assert.ok(!sent.includes(story.test.tokens.owner));
  }
});

tell("upload all present: no action for any", async (story) => {
  const there = await push(story, some(20));
  const { objects } = await batch(story, "upload", there);
  assert.deepEqual(objects, there);
});

tell("upload mixed: actions for what is missing only", async (story) => {
  const there = await push(story, some(20));
  const missing = some(20).map(pointerOf);
  const { objects } = await batch(story, "upload", there.flatMap((each, at) => [each, missing[at]!]));
  assert.equal(objects.length, 40);
  assert.ok(objects.every(({ actions, error }, at) => !error && (at % 2 ? actions?.upload : !actions)));
});

tell("upload edge cases: 422 for impossible oids and sizes, and an action for size 0", async (story) => {
  const oid = pointerOf("a sound one").oid;
  const empty = pointerOf("");
  const bad = [
    { oid: "too-short", size: 1 },
    { oid: oid.slice(1), size: 2 },
    { oid: oid + "0", size: 3 },
    { oid: oid.replace(/^./, "g"), size: 4 },
    { oid: oid.toUpperCase(), size: 4 },
    { oid, size: -1 },
    { oid, size: -125 },
    { oid, size: 1.5 },
    { oid, size: 1e300 },
  ];
  const { objects } = await batch(story, "upload", [...bad, empty]);
  assert.equal(objects.length, bad.length + 1);
  for (const [at, object] of objects.slice(0, -1).entries()) {
    assert.equal(object.oid, bad[at]!.oid);
    assert.equal(object.error?.code, 422, JSON.stringify(object));
    assert.equal(object.actions, undefined);
  }
  assert.ok(objects.at(-1)!.actions?.upload);
  await follow(objects.at(-1)!, empty.bytes);
  const { objects: [again] } = await batch(story, "download", [empty]);
  assert.equal((await (await fetch(again!.actions!.download!.href)).bytes()).length, 0);
});

// What that test leaves out.

tell(
  "5 GiB is still uploaded; more is refused where one PUT does not take it, and taken on a disk",
  async (story) => {
    const { oid } = pointerOf("x");
    const { objects: [object] } = await batch(story, "upload", [{ oid, size: 5 * 1024 ** 3 }]);
    assert.ok(object!.actions?.upload);
    const { objects: [larger] } = await batch(story, "upload", [{ oid, size: 6 * 1024 ** 3 }]);
    if (story.test.studio.objects.kind === "disk") return assert.ok(larger!.actions?.upload);
    assert.equal(larger!.error?.code, 422);
    assert.match(larger!.error!.message, /6 GiB is too large: git lfs sends at most 5 GiB/);
  },
);

tell("wrong bytes under an upload action are refused, and verify says that nothing came", async (story) => {
  const take = pointerOf("the bytes that were announced");
  const { objects: [object] } = await batch(story, "upload", [take]);
  const { upload, verify } = object!.actions!;
  const response = await fetch(upload!.href, {
    method: "PUT",
    headers: upload!.header,
    body: take.bytes.toReversed(),
  });
  await response.body?.cancel();
  assert.ok(response.status >= 400 && response.status < 500);
  const { status, body } = await lfs(story, "verify", plain(take), { as: "nobody", header: verify!.header });
  assert.equal(status, 404);
  assert.match(body.message, /has not been uploaded/);
  assert.equal(await story.test.studio.lfs.ready(story.test.studio.db.sql, story.project.id, take.oid), null);
});

tell("an upload whose verify was lost is adopted by the next batch, or by a download", async (story) => {
  const [one, two] = [pointerOf("one"), pointerOf("two")];
  const { objects } = await batch(story, "upload", [one, two]);
  for (const [at, object] of objects.entries()) {
    const { href, header } = object.actions!.upload!;
    const response = await fetch(href, { method: "PUT", headers: header, body: [one, two][at]!.bytes });
    await response.body?.cancel();
  }
  assert.deepEqual((await batch(story, "upload", [one])).objects, [plain(one)]);
  assert.ok((await batch(story, "download", [two])).objects[0]!.actions?.download);
  const { lfs: room, db } = story.test.studio;
  assert.equal(await room.ready(db.sql, story.project.id, one.oid), 3);
  assert.equal(await room.ready(db.sql, story.project.id, two.oid), 3);
});

tell(
  "one object uploaded twice at once is stored once, and verify may come again and again",
  async (story) => {
    const take = pointerOf("from two agents at once");
    const [a, b] = await Promise.all([batch(story, "upload", [take]), batch(story, "upload", [take, take])]);
    await Promise.all(
      [...a!.objects, ...b!.objects].map((object) => object.actions ? follow(object, take.bytes) : null),
    );
    for (let time = 0; time < 3; time++) {
      assert.equal((await lfs(story, "verify", plain(take))).status, 200);
    }
    const prefix = lfsKey(story.project.tenant_id, story.project.id, take.oid);
    assert.equal((await Array.fromAsync(story.test.studio.objects.list(prefix))).length, 1);
  },
);

tell("verify refuses another size, an impossible oid and an object that never came", async (story) => {
  const [take] = await push(story, ["a take"]);
  const other = await lfs(story, "verify", { ...take, size: 7 });
  assert.equal(other.status, 422);
  assert.match(other.body.message, /6 bytes, not 7/);
  assert.equal((await lfs(story, "verify", { oid: "abc", size: 1 })).status, 422);
  assert.equal((await lfs(story, "verify", plain(pointerOf("never came")))).status, 404);
});

tell("a size that is not the object's is told, in both directions", async (story) => {
  const [take] = await push(story, ["a take"]);
  for (const operation of ["upload", "download"] as const) {
    const { objects: [object] } = await batch(story, operation, [{ ...take!, size: 7 }]);
    assert.equal(object!.error?.code, 422);
    assert.match(object!.error!.message, /6 bytes, not 7/);
  }
});

tell("an object that the store lost answers 410, and can be uploaded again", async (story) => {
  const [take] = await push(story, ["a take"]);
  await story.test.studio.objects.delete(lfsKey(story.project.tenant_id, story.project.id, take!.oid));
  const { objects: [gone] } = await batch(story, "download", [take!]);
  assert.equal(gone!.error?.code, 410);
  await push(story, ["a take"]);
  assert.ok((await batch(story, "download", [take!])).objects[0]!.actions?.download);
});

tell(
  "naming an oid of another project gives nothing away: its bytes must be uploaded here too",
  async (story) => {
    const [take] = await push(story, ["a take of another film"]);
    const thief = { ...story, project: await story.test.makeProject(`Thief of ${story.project.slug}`) };
    assert.equal((await batch(thief, "download", [take!])).objects[0]!.error?.code, 404);
    assert.ok((await batch(thief, "upload", [take!])).objects[0]!.actions?.upload);
  },
);

tell("the gateway stores, reads and signs its own objects", async (story) => {
  const room = story.test.studio.lfs;
  const pointer = await room.store(story.project, new TextEncoder().encode("a poster"));
  assert.deepEqual(pointer, plain(pointerOf("a poster")));
  assert.equal(
    await new Response((await room.read(story.project, pointer.oid)) as BodyInit).text(),
    "a poster",
  );
  assert.equal(await room.read(story.project, pointerOf("never").oid), null);
  const url = await room.url(story.project, pointer.oid, {
    fileName: "poster.jpg",
    contentType: "image/jpeg",
  });
  const response = await fetch(url);
  assert.equal(await response.text(), "a poster");
  assert.equal(response.headers.get("content-type"), "image/jpeg");
  assert.equal(response.headers.get("content-disposition"), 'attachment; filename="poster.jpg"');
  assert.ok(url.startsWith(story.test.studio.objects.origins[0] ?? story.baseUrl));
});

tell("the verify call works where its action says, without a slash of its own", async (story) => {
  const { objects: [object] } = await batch(story, "upload", [pointerOf("x")]);
  assert.equal(object!.actions!.verify!.href, `${story.baseUrl}${infoLfs(story.project)}/verify`);
});

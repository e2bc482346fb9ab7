import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";
import { make, openTestDisk, openTestS3, readAll, s3Skipped, type TestStore, upload } from "./testing.ts";

const noS3 = await s3Skipped();

/** One story, told of both stores. */
function both(story: string, tell: (opened: TestStore) => Promise<void>): void {
  for (const [name, open, ignore] of [["disk", openTestDisk, false], ["S3", openTestS3, noS3]] as const) {
    Deno.test({
      name: `${name} store: ${story}`,
      ignore,
      async fn() {
        await using opened = await open();
        await tell(opened);
      },
    });
  }
}

function problem(code: string) {
  return (error: unknown) =>
    error instanceof ProblemError && error.code === code && error.message.length > 40;
}

both("what was put is read back, whole and in part, and found by head and list", async ({ store }) => {
  const take = make("a take of the lighthouse");
  assert.equal(await store.head(take.key), null);
  assert.equal(await store.get(take.key), null);
  await store.put(take.key, take.bytes, take);
  assert.deepEqual(await store.head(take.key), { size: take.size, sha256: take.oid });
  assert.deepEqual(await readAll(await store.get(take.key)), take.bytes);
  const part = await store.get(take.key, { start: 2, end: 5 });
  assert.equal(part?.size, 4);
  assert.deepEqual(await readAll(part), take.bytes.slice(2, 6));
  assert.deepEqual(await readAll(await store.get(take.key, { start: 20 })), take.bytes.slice(20));
  await assert.rejects(store.get(take.key, { start: 1000 }), RangeError);
  await store.delete(take.key);
  await store.delete(take.key);
  assert.equal(await store.head(take.key), null);
});

both(
  "an object is copied under another key of its own hash, whole, and lives on without the first",
  async ({ store }) => {
    const take = make("shared by two films");
    const to = take.key.replace(/^/, "copies/");
    assert.equal(await store.copy(take.key, to), false);
    await store.put(take.key, take.bytes, take);
    assert.equal(await store.copy(take.key, to), true);
    assert.equal(await store.copy(take.key, to), true);
    await store.delete(take.key);
    assert.deepEqual(await store.head(to), { size: take.size, sha256: take.oid });
    assert.deepEqual(await readAll(await store.get(to)), take.bytes);
    await assert.rejects(store.copy(to, "copies/elsewhere"), /must end in the oid/);
  },
);

both("put refuses other, fewer and more bytes, and keeps none of them", async ({ store }) => {
  const take = make("the bytes that were announced");
  const refusals = [
    [take.bytes.toReversed(), "unprocessable"],
    [take.bytes.slice(1), "unprocessable"],
    [new Uint8Array([...take.bytes, 1]), "too_large"],
  ] as const;
  for (const [bytes, code] of refusals) {
    await assert.rejects(store.put(take.key, bytes, take), problem(code));
    const inTwo = ReadableStream.from([bytes.subarray(0, 5), bytes.subarray(5)]);
    await assert.rejects(store.put(take.key, inTwo, take), problem(code));
  }
  assert.equal(await store.head(take.key), null);
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(take.bytes.subarray(0, 3));
      controller.error(new Error("the source broke"));
    },
  });
  await assert.rejects(store.put(take.key, broken, take), /broke/);
  assert.equal(await store.head(take.key), null);
  await assert.rejects(store.put("tenants/t1/another-name", take.bytes, take), /must end in the oid/);
});

both("a signed PUT stores what it was signed for, once or many times", async ({ store }) => {
  const take = make("uploaded by an agent");
  const to = await store.signedPut(take.key, take, 600);
  assert.equal(to.header["Content-Type"], "application/octet-stream");
  const answers = await Promise.all([upload(to, take.bytes), upload(to, take.bytes), upload(to, take.bytes)]);
  assert.deepEqual(answers.map((each) => each.status), [200, 200, 200]);
  assert.deepEqual(await store.head(take.key), { size: take.size, sha256: take.oid });
  assert.deepEqual(await readAll(await store.get(take.key)), take.bytes);
});

both("a signed PUT refuses other bytes of the same length", async ({ store }) => {
  const take = make("the bytes that were announced");
  const answer = await upload(await store.signedPut(take.key, take, 600), take.bytes.toReversed());
  assert.ok(answer.status === 400 || answer.status === 422, `${answer.status} ${answer.text}`);
  assert.match(answer.text, /SHA-?256/i);
  assert.equal(await store.head(take.key), null);
});

both("a signed PUT refuses more and fewer bytes than it was signed for", async ({ store }) => {
  const take = make("the bytes that were announced");
  const to = await store.signedPut(take.key, take, 600);
  for (
    const bytes of [
      take.bytes.slice(1),
      new Uint8Array([...take.bytes, 0]),
      new Uint8Array(),
      new Uint8Array(100_000),
    ]
  ) {
    const { status } = await upload(to, bytes);
    assert.ok(status >= 400 && status < 500, `${bytes.length} bytes: ${status}`);
    assert.equal(await store.head(take.key), null);
  }
});

both("a signed URL is good for its own method and key only", async ({ store }) => {
  const mine = make("mine", "mine");
  const yours = make("yours", "yours");
  await store.put(yours.key, yours.bytes, yours);
  const put = await store.signedPut(mine.key, mine, 600);
  const get = await store.signedGet(mine.key, { expiresS: 600 });
  const tried = [
    upload({ ...put, href: put.href.replace(mine.key, yours.key) }, mine.bytes),
    upload({ ...put, href: get }, mine.bytes),
    fetch(get.replace(mine.key, yours.key)),
    fetch(put.href),
    fetch(get.replace(/([?&])(sig|X-Amz-Signature)=....../, "$1$2=AAAAAA")),
    fetch(get.replace(/\?.*/, "")),
  ];
  for (const answer of await Promise.all(tried)) {
    assert.equal(answer.status, 403);
    if (answer instanceof Response) await answer.body?.cancel();
  }
  assert.deepEqual(await readAll(await store.get(yours.key)), yours.bytes);
  assert.equal(await store.head(mine.key), null);
});

both("a signed URL ends", async ({ store }) => {
  const take = make("soon out of reach");
  await store.put(take.key, take.bytes, take);
  const get = await store.signedGet(take.key, { expiresS: 1 });
  const put = await store.signedPut(take.key, take, 1);
  const status = async () => {
    const response = await fetch(get);
    await response.body?.cancel();
    return response.status;
  };
  for (const deadline = Date.now() + 20_000; await status() !== 403;) {
    assert.ok(Date.now() < deadline, "still readable after 20 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal((await upload(put, take.bytes)).status, 403);
});

both("a signed GET answers ranges, so that players can seek and git lfs can resume", async ({ store }) => {
  const take = make("0123456789");
  await store.put(take.key, take.bytes, take);
  const url = await store.signedGet(take.key, { expiresS: 600 });
  const cases = [
    [undefined, 200, "0123456789", null],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, null, "bytes */10"],
  ] as const;
  for (const [range, status, body, contentRange] of cases) {
    const response = await fetch(url, range ? { headers: { range } } : {});
    const text = await response.text();
    assert.equal(response.status, status, range);
    if (body !== null) assert.equal(text, body, range);
    if (status !== 416) assert.equal(response.headers.get("content-range"), contentRange, range);
    if (status !== 416) assert.equal(response.headers.get("accept-ranges"), "bytes");
  }
});

both("a signed GET gives the name and type it was signed with, whatever the name is", async ({ store }) => {
  const take = make("bytes of a film");
  await store.put(take.key, take.bytes, take);
  for (
    const name of [
      "SHOT-010_v01_take02.mp4",
      "Café “night” 🎬.mp4",
      'a"; filename="b.exe',
      "../../etc/passwd",
      "x\r\nSet-Cookie: a=b",
    ]
  ) {
    const url = await store.signedGet(take.key, { expiresS: 600, fileName: name, contentType: "video/mp4" });
    const response = await fetch(url);
    assert.equal(await response.text(), "bytes of a film");
    assert.equal(response.headers.get("content-type"), "video/mp4");
    const disposition = response.headers.get("content-disposition")!;
    assert.match(
      disposition,
      /^attachment; filename="[^"\\/\r\n]+"(; filename\*=UTF-8''[\w.%~!$&+^`|#-]+)?$/,
    );
    assert.equal(response.headers.get("set-cookie"), null);
    if (name.startsWith("Café")) assert.ok(disposition.includes(encodeURIComponent("🎬")));
  }
});

both("the empty object is an object", async ({ store }) => {
  const empty = make("");
  assert.equal(empty.oid, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const { status } = await upload(await store.signedPut(empty.key, empty, 600), empty.bytes);
  assert.equal(status, 200);
  assert.deepEqual(await store.head(empty.key), { size: 0, sha256: empty.oid });
  const response = await fetch(await store.signedGet(empty.key, { expiresS: 600 }));
  assert.equal(response.status, 200);
  assert.equal((await response.bytes()).length, 0);
  await store.put(empty.key, new Uint8Array(), empty);
  assert.deepEqual(await readAll(await store.get(empty.key)), new Uint8Array());
});

both(
  "list gives what lies under a prefix, and nothing of a neighbour whose name begins alike",
  async ({ store }) => {
    const mine = ["one", "two", "three"].map((text) => make(text, "p1"));
    const other = make("one", "p10");
    for (const each of [...mine, other]) await store.put(each.key, each.bytes, each);
    const found = await Array.fromAsync(store.list("tenants/t1/projects/p1/"));
    assert.deepEqual(found.map((each) => each.key).sort(), mine.map((each) => each.key).sort());
    assert.ok(
      found.every((each) => each.size >= 3 && Math.abs(each.modified.getTime() - Date.now()) < 600_000),
    );
    assert.equal((await Array.fromAsync(store.list("tenants/t1/projects/p1"))).length, 4);
    assert.deepEqual(await Array.fromAsync(store.list("tenants/t2/")), []);
  },
);

both("a large object goes in and out as a stream", async ({ store }) => {
  const chunk = crypto.getRandomValues(new Uint8Array(65_536));
  const chunks = 1024;
  const hash = createHash("sha256");
  for (let at = 0; at < chunks; at++) hash.update(chunk);
  const oid = hash.digest("hex");
  const size = chunks * chunk.length;
  const key = `tenants/t1/projects/p1/lfs/${oid}`;
  await store.put(key, ReadableStream.from(Array.from({ length: chunks }, () => chunk)), { oid, size });
  const back = createHash("sha256");
  for await (const part of (await store.get(key))!.stream) back.update(part);
  assert.equal(back.digest("hex"), oid);
  const response = await fetch(await store.signedGet(key, { expiresS: 60 }));
  const sent = createHash("sha256");
  for await (const part of response.body!) sent.update(part);
  assert.equal(sent.digest("hex"), oid);
});

both(
  "the self-test finds a store that checks what it is given, and leaves nothing behind",
  async ({ store }) => {
    assert.deepEqual(await store.selfTest(), { checksumsEnforced: true, notes: [] });
    assert.deepEqual(await Array.fromAsync(store.list("selftest/")), []);
  },
);

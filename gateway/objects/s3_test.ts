import assert from "node:assert/strict";
import { ProblemError } from "../../shared/http/problem.ts";
import { startBucket } from "../../deploy/testing/bucket.ts";
import { freePort } from "../../deploy/testing/free_port.ts";
import { openS3Store } from "./s3.ts";
import { startLaxBucket } from "./lax_bucket.ts";
import { make, openTestS3, readAll, s3Skipped, upload } from "./testing.ts";

const ignore = await s3Skipped();
const credentials = { accessKeyId: "k", secretAccessKey: "s" };

Deno.test({
  name: "the store itself refuses wrong bytes, a missing checksum and another type under a presigned PUT",
  ignore,
  async fn() {
    await using s3 = await openTestS3();
    const take = make("the bytes that were announced");
    const { href, header } = await s3.store.signedPut(take.key, take, 600);
    const signed = new URL(href).searchParams.get("X-Amz-SignedHeaders")!.split(";");
    assert.deepEqual(signed, ["content-length", "content-type", "host", "x-amz-checksum-sha256"]);
    assert.ok(
      !/checksum/i.test(href.replace(/X-Amz-SignedHeaders=[^&]+/, "")),
      "not in the query, where S3 ignores it",
    );

    const wrong = await upload({ href, header }, take.bytes.toReversed());
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /<Code>(BadDigest|XAmzContentChecksumMismatch)<\/Code>/);

    const { "x-amz-checksum-sha256": checksum, ...rest } = header;
    const other = { ...header, "x-amz-checksum-sha256": btoa("x".repeat(32)) };
    for (const headers of [rest, other, { ...header, "Content-Type": "video/mp4" }]) {
      const refused = await upload({ href, header: headers }, take.bytes);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /SignatureDoesNotMatch/);
    }
    assert.equal(await s3.store.head(take.key), null);
    assert.equal(Uint8Array.fromBase64(checksum!).toHex(), take.oid);
    assert.equal((await upload({ href, header }, take.bytes)).status, 200);
  },
});

Deno.test({
  name: "a prefix of several pages is listed whole",
  ignore,
  async fn() {
    await using s3 = await openTestS3({ pageSize: 10 });
    const many = Array.from({ length: 25 }, (_, at) => make(`object ${at}`));
    for (const each of many) await s3.store.put(each.key, each.bytes, each);
    const listed = await Array.fromAsync(s3.store.list("tenants/t1/"));
    assert.deepEqual(listed.map((each) => each.key).sort(), many.map((each) => each.key).sort());
  },
});

Deno.test({
  name: "a bucket that cannot be reached or does not let us in says what to check",
  ignore,
  async fn() {
    await using bucket = await startBucket();
    const at = (change: Partial<Parameters<typeof openS3Store>[0]>) =>
      openS3Store({
        bucket: bucket.bucket,
        endpoint: bucket.endpoint,
        region: bucket.region,
        credentials: { accessKeyId: bucket.accessKey, secretAccessKey: bucket.secretKey },
        ...change,
      });
    const take = make("a take");
    const wrong = [at({ credentials }), at({ bucket: "no-such-bucket" })];
    for (const store of wrong) {
      const doings = [
        () => store.put(take.key, take.bytes, take),
        () => Array.fromAsync(store.list("tenants/")),
      ];
      for (const doing of doings) {
        await assert.rejects(doing, (error) => {
          assert.ok(error instanceof ProblemError);
          assert.equal(error.code, "unavailable");
          assert.match(error.message, /S3_BUCKET, S3_ENDPOINT, S3_REGION and the AWS credentials/);
          return true;
        });
      }
      await assert.rejects(store.selfTest(), /The object store does not work: /);
      await store[Symbol.asyncDispose]();
    }
    const nobody = at({ endpoint: `http://127.0.0.1:${freePort()}` });
    await assert.rejects(nobody.put(take.key, take.bytes, take), { code: "unavailable" });
    await nobody[Symbol.asyncDispose]();
  },
});

Deno.test("a store that does not check what it is given is found out, and its word not taken", async () => {
  await using lax = startLaxBucket();
  await using store = openS3Store({ bucket: "b", endpoint: lax.endpoint, region: "us-east-1", credentials });
  const { checksumsEnforced, notes } = await store.selfTest();
  assert.equal(checksumsEnforced, false);
  assert.match(notes.join(), /hashes each upload itself/);
  const take = make("the bytes that were announced");
  const signed = await store.signedPut(take.key, take, 600);
  assert.equal((await upload(signed, take.bytes.toReversed())).status, 200);
  // The lax store repeats the checksum that came with the wrong bytes.
  assert.deepEqual(await store.head(take.key), { size: take.size, sha256: null });
  assert.deepEqual(await readAll(await store.get(take.key)), take.bytes.toReversed());
});

Deno.test("signed URLs lead to the origins that the store names", async () => {
  const places = [
    ["takes", null, "eu-central-1", "https://takes.s3.eu-central-1.amazonaws.com"],
    ["takes", null, "us-east-1", "https://takes.s3.us-east-1.amazonaws.com"],
    ["takes.example.org", null, "eu-west-1", "https://s3.eu-west-1.amazonaws.com"],
    ["takes", null, "cn-north-1", "https://takes.s3.cn-north-1.amazonaws.com.cn"],
    ["takes", "https://minio.example.org:9000", "us-east-1", "https://minio.example.org:9000"],
  ] as const;
  for (const [bucket, endpoint, region, origin] of places) {
    await using store = openS3Store({ bucket, endpoint, region, credentials });
    assert.deepEqual(store.origins, [origin]);
    const take = make("a take");
    const put = new URL((await store.signedPut(take.key, take, 60)).href);
    const get = new URL(await store.signedGet(take.key, { expiresS: 60 }));
    assert.deepEqual([put.origin, get.origin], [origin, origin]);
    assert.match(put.searchParams.get("X-Amz-Credential")!, new RegExp(`/${region}/s3/`));
    if (endpoint) assert.ok(put.pathname.startsWith(`/${bucket}/`));
  }
});

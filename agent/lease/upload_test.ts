import assert from "node:assert/strict";
import { FAST, testSpec } from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import { sha256 } from "../testing/store.ts";
import { pause } from "./backoff.ts";
import { type Upload, upload, UploadRefused } from "./upload.ts";

const BYTES = crypto.getRandomValues(new Uint8Array(48_000));

async function onDisk(bytes: Uint8Array): Promise<AsyncDisposable & Upload> {
  const path = await Deno.makeTempFile({ prefix: "agent-upload-" });
  await Deno.writeFile(path, bytes);
  return {
    path,
    oid: sha256(bytes),
    size: bytes.length,
    [Symbol.asyncDispose]: () => Deno.remove(path).catch(() => {}),
  };
}

function lfsOf(gateway: TestGateway) {
  const job = gateway.add(testSpec());
  return { url: `${gateway.url}/git/t/p.git/info/lfs`, authorization: `Bearer lease-${job.id}.${job.grant}` };
}

function options(trouble: string[] = [], signal = new AbortController().signal) {
  return { signal, backoff: FAST, trouble: (sentence: string) => trouble.push(sentence) };
}

/** Answers the first `count` PUTs to the bucket with `status`. */
function refusePuts(gateway: TestGateway, count: number, status: number): void {
  gateway.fault = async (request) => {
    if (request.method !== "PUT" || count-- <= 0) return null;
    await request.body?.cancel();
    return new Response("<Error><Code>Sorry</Code></Error>", { status });
  };
}

Deno.test("an upload is one batch, one PUT with a length and exactly the signed headers, one verify", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  const sent: number[] = [];
  await upload(file, lfsOf(gateway), { ...options(), sent: (bytes) => sent.push(bytes) });
  assert.deepEqual(gateway.store.log.map(({ what }) => what), ["batch", "put", "verify"]);
  assert.deepEqual(gateway.store.objects.get(file.oid), BYTES);
  assert.equal(sent.at(-1), BYTES.length);
  const { headers } = gateway.store.log[1]!;
  const given = ["content-length", "content-type", "x-amz-checksum-sha256"];
  assert.deepEqual(
    Object.keys(headers).filter((name) => !["host", "connection"].includes(name)).sort(),
    given,
  );
});

Deno.test("what the store already has is not sent again", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  gateway.store.put(BYTES);
  await upload(file, lfsOf(gateway), options());
  assert.deepEqual(gateway.store.log.map(({ what }) => what), ["batch"]);
});

Deno.test("a store that is busy for a while gets the file in the end", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  refusePuts(gateway, 5, 503);
  const trouble: string[] = [];
  await upload(file, lfsOf(gateway), options(trouble));
  assert.equal(trouble.length, 5);
  assert.match(trouble[0]!, /answered 503 to the upload/);
  assert.ok(gateway.store.has(file.oid));
});

Deno.test("a presigned URL that ran out is asked for again", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  refusePuts(gateway, 1, 403);
  await upload(file, lfsOf(gateway), options());
  assert.equal(gateway.store.log.filter(({ what }) => what === "batch").length, 2);
});

Deno.test("a store that refuses again and again ends the upload with what it said", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  refusePuts(gateway, Infinity, 400);
  await assert.rejects(upload(file, lfsOf(gateway), options()), (error: Error) => {
    assert.ok(error instanceof UploadRefused);
    assert.match(error.message, /answered 400 to the upload: <Error><Code>Sorry/);
    return true;
  });
});

Deno.test("an object the gateway refuses in its batch answer ends with the gateway's words", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  gateway.fault = (request) =>
    request.url.endsWith("/objects/batch")
      ? Response.json({
        objects: [{ oid: file.oid, size: file.size, error: { code: 422, message: "larger than 5 GB" } }],
      })
      : null;
  await assert.rejects(upload(file, lfsOf(gateway), options()), /larger than 5 GB/);
});

Deno.test("a lease that is over is not knocked at again", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  const lfs = lfsOf(gateway);
  for (const job of gateway.jobs.values()) gateway.grantToOther(job);
  const trouble: string[] = [];
  await assert.rejects(
    upload(file, lfs, options(trouble)),
    (error) => error instanceof UploadRefused && error.leaseOver,
  );
  assert.deepEqual(trouble, []);
});

Deno.test("a connection that breaks in mid-upload is tried again", async () => {
  await using gateway = openTestGateway();
  const large = crypto.getRandomValues(new Uint8Array(65_536));
  await using file = await onDisk(new Uint8Array(4_000_000).map((_, at) => large[at % 65_536]!));
  // A listener that reads a little and hangs up stands where the store should be, once.
  using rude = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const hungUp = rude.accept().then(async (connection) => {
    await connection.read(new Uint8Array(1000));
    connection.close();
  });
  let once = true;
  gateway.fault = (request) => {
    if (!request.url.endsWith("/objects/batch") || !once) return null;
    once = false;
    const upload = { href: `http://127.0.0.1:${(rude.addr as Deno.NetAddr).port}/x` };
    return Response.json({ objects: [{ oid: file.oid, size: file.size, actions: { upload } }] });
  };
  const trouble: string[] = [];
  await upload(file, lfsOf(gateway), options(trouble));
  await hungUp;
  assert.match(trouble[0]!, /Cannot upload to the store at 127.0.0.1/);
  assert.equal(gateway.store.objects.get(file.oid)!.length, 4_000_000);
});

Deno.test("a gateway that is away is waited for", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  await gateway.down();
  const away = Promise.withResolvers<void>();
  const uploading = upload(file, lfsOf(gateway), { ...options(), trouble: () => away.resolve() });
  await away.promise;
  gateway.up();
  await uploading;
  assert.ok(gateway.store.has(file.oid));
});

Deno.test("a file that vanished from the disk is refused, not waited for", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  await Deno.remove(file.path);
  await assert.rejects(upload(file, lfsOf(gateway), options()), /is gone from the agent's disk/);
});

Deno.test({
  name: "an address outside the agent's permissions is refused with what to do, not knocked at for ever",
  permissions: { net: ["127.0.0.1", "0.0.0.0"], read: true, write: true, env: true, sys: true },
  async fn() {
    await using gateway = openTestGateway();
    await using file = await onDisk(BYTES);
    const lfs = lfsOf(gateway);
    gateway.fault = (request) =>
      request.url.endsWith("/objects/batch")
        ? Response.json({
          objects: [{
            oid: file.oid,
            size: file.size,
            actions: { upload: { href: "http://store.example/x" } },
          }],
        })
        : null;
    await assert.rejects(upload(file, lfs, options()), /may not reach http:\/\/store.example.*PUBLIC_URL/);
    await assert.rejects(
      upload(file, { ...lfs, url: "http://gateway.example/lfs" }, options()),
      /may not reach http:\/\/gateway.example/,
    );
  },
});

Deno.test("an aborted upload ends at once with the reason", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  const stop = new AbortController();
  refusePuts(gateway, Infinity, 503);
  const reason = new Error("cancelled");
  const uploading = upload(file, lfsOf(gateway), {
    ...options([], stop.signal),
    trouble: () => stop.abort(reason),
  });
  await assert.rejects(uploading, reason);
});

Deno.test("an upload that the store keeps hanging ends when it is aborted", async () => {
  await using gateway = openTestGateway();
  await using file = await onDisk(BYTES);
  const stop = new AbortController();
  const reason = new Error("cancelled");
  gateway.fault = async (request) => {
    if (request.method !== "PUT") return null;
    stop.abort(reason);
    await pause(60_000, request.signal).catch(() => {});
    return new Response(null, { status: 503 });
  };
  await assert.rejects(upload(file, lfsOf(gateway), options([], stop.signal)), reason);
});

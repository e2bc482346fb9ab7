import assert from "node:assert/strict";
import fc from "fast-check";
import { FAST } from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import { sha256 } from "../testing/store.ts";
import { JobFailure } from "./executor.ts";
import { fetchInputs, safeName } from "./inputs.ts";

const BYTES = crypto.getRandomValues(new Uint8Array(60_000));

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-inputs-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function input(gateway: TestGateway, name: string, bytes = BYTES, fileName = "a.png") {
  const { oid, size } = gateway.store.put(bytes);
  return { name, oid, size, file_name: fileName, url: gateway.store.getUrl(oid) };
}

const options = { signal: new AbortController().signal, backoff: FAST, progress() {} };

async function failureOf(promise: Promise<unknown>): Promise<JobFailure> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof JobFailure, String(error));
  return error;
}

Deno.test("inputs arrive by name, checked, and two that are the same file are fetched once", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  const seen: [number, number][] = [];
  const paths = await fetchInputs(
    [input(gateway, "source"), input(gateway, "ref"), input(gateway, "mask", new Uint8Array([1]))],
    dir.path,
    { ...options, progress: (done, total) => seen.push([done, total]) },
  );
  assert.deepEqual([...paths.keys()], ["source", "ref", "mask"]);
  assert.equal(paths.get("source"), paths.get("ref"));
  assert.deepEqual(await Deno.readFile(paths.get("source")!), BYTES);
  assert.equal(gateway.store.log.filter(({ what }) => what === "get").length, 2);
  assert.deepEqual(seen.at(-1), [60_001, 60_001]);
});

Deno.test("a download that broke off goes on where it stopped", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  let first = true;
  gateway.fault = (request) => {
    if (!request.url.includes("/bucket/") || !first) return null;
    first = false;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(BYTES.slice(0, 20_000));
        controller.close();
      },
    });
    return new Response(body);
  };
  const paths = await fetchInputs([input(gateway, "source")], dir.path, options);
  assert.deepEqual(await Deno.readFile(paths.get("source")!), BYTES);
  assert.equal(gateway.store.log.at(-1)!.headers.range, "bytes=20000-");
});

Deno.test("a store that ignores Range sends the whole file, and that is right too", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  const source = input(gateway, "source");
  await Deno.writeFile(`${dir.path}/${source.oid.slice(0, 16)}_a.png`, new Uint8Array(100));
  gateway.fault = (request) => request.url.includes("/bucket/") ? new Response(BYTES) : null;
  const paths = await fetchInputs([source], dir.path, options);
  assert.deepEqual(await Deno.readFile(paths.get("source")!), BYTES);
});

Deno.test("bytes that are not the promised ones are fetched again, and refused the second time", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  let wrong = 1;
  gateway.fault = (request) =>
    request.url.includes("/bucket/") && wrong-- > 0 ? new Response(new Uint8Array(60_000)) : null;
  const paths = await fetchInputs([input(gateway, "source")], dir.path, options);
  assert.equal(sha256(await Deno.readFile(paths.get("source")!)), sha256(BYTES));

  await using other = await folder();
  wrong = Infinity;
  const failure = await failureOf(fetchInputs([input(gateway, "source")], other.path, options));
  assert.equal(failure.class, "invalid");
  assert.match(failure.message, /checksum differs/);
});

Deno.test("an input that cannot be had hands the job back as transient; one that was deleted meanwhile ends it", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  const source = input(gateway, "source");
  gateway.fault = (request) =>
    request.url.includes("/bucket/") ? new Response("busy", { status: 503 }) : null;
  const failure = await failureOf(fetchInputs([source], dir.path, options));
  assert.equal(failure.class, "transient");
  assert.match(failure.message, /Cannot download a.png for this job: the store answered 503/);
  gateway.fault = () => null;
  gateway.store.objects.clear();
  const gone = await failureOf(fetchInputs([source], dir.path, options));
  assert.equal(gone.class, "invalid");
  assert.match(gone.message, /a.png is not in the store any more: it was deleted/);
});

Deno.test("a sign-in page that comes in the place of a file is no part of it, however often", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  let asked = 0;
  gateway.fault = (request) =>
    request.url.includes("/bucket/") && ++asked % 2 === 1
      ? new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } })
      : null;
  const paths = await fetchInputs(
    [input(gateway, "source"), input(gateway, "mask", BYTES.slice(1))],
    dir.path,
    options,
  );
  assert.deepEqual(await Deno.readFile(paths.get("source")!), BYTES);
  assert.deepEqual(await Deno.readFile(paths.get("mask")!), BYTES.slice(1));
});

Deno.test("a store that sends more than was promised is cut off", async () => {
  await using gateway = openTestGateway();
  await using dir = await folder();
  gateway.fault = (request) =>
    request.url.includes("/bucket/") ? new Response(new Uint8Array(200_000)) : null;
  const failure = await failureOf(fetchInputs([input(gateway, "source")], dir.path, options));
  assert.match(failure.message, /more than the file's size/);
});

Deno.test("no foreign file name leaves the folder or upsets a file system", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
    const safe = safeName(name);
    assert.doesNotMatch(safe, /[\/\\:*?"<>|\s]|^\./);
    assert.ok(safe.length > 0 && new TextEncoder().encode(safe).length <= 200);
  }));
  assert.equal(safeName("../../etc/passwd"), "passwd");
  assert.equal(safeName("C:\\Users\\a b.png"), "a_b.png");
});

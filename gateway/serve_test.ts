import assert from "node:assert/strict";
import { serveStudio } from "./serve.ts";
import { openTestStudio, type TestStudio } from "./testing/studio.ts";

/** A request whose body is sent piece by piece. */
function slowly(address: string, studio: TestStudio) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  const response = fetch(`${address}/api/projects`, {
    method: "POST",
    headers: { authorization: `Bearer ${studio.tokens.owner}`, "content-type": "application/json" },
    body: readable,
  });
  return { write, end: () => writer.close(), response };
}

async function untilInFlight(address: string, count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const figures = await (await fetch(`${address}/metrics`)).text();
    // The request that asks is one of them.
    if (figures.includes(`studio_http_requests_in_flight ${count + 1}\n`)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`${count} requests were never in flight`);
}

Deno.test("shutting down finishes the request that has begun and takes no other", async () => {
  await using studio = await openTestStudio({ env: { PORT: "0" } });
  const serving = serveStudio(studio.studio);
  const half = slowly(serving.address, studio);
  await half.write('{"title":');
  await untilInFlight(serving.address, 1);
  const stopped = serving.stop();
  assert.ok(studio.studio.closing.aborted, "polls and sockets are told at once");
  const late = await fetch(`${serving.address}/api/projects`);
  assert.equal(late.status, 503);
  assert.ok(late.headers.get("retry-after"));
  await late.body?.cancel();
  await half.write('"Just in time"}');
  await half.end();
  const response = await half.response;
  assert.equal(response.status, 201);
  assert.equal((await response.json()).title, "Just in time");
  await stopped;
  await assert.rejects(fetch(`${serving.address}/healthz`));
});

Deno.test("a request that never ends holds nothing up for longer than the limit", async () => {
  await using studio = await openTestStudio({ env: { PORT: "0" } });
  const serving = serveStudio(studio.studio);
  const stuck = slowly(serving.address, studio);
  await stuck.write('{"title":');
  await untilInFlight(serving.address, 1);
  await assert.rejects(serving.stop({ limitS: 0.2 }), /Not everything ended in time: POST \/api\/projects/);
  // Told that its body was cut, or nothing at all.
  const answer = await stuck.response.catch(() => null);
  assert.notEqual(answer?.status, 201);
  await answer?.body?.cancel();
});

Deno.test("an answer that nobody reads holds nothing up: a player that pauses, a tab in the background", async () => {
  await using studio = await openTestStudio({ env: { PORT: "0" } });
  const serving = serveStudio(studio.studio);
  // More than what lies in the buffers on the way.
  const bytes = new Uint8Array(30_000_000);
  const oid = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const key = `${studio.owner.tenant_id}/${oid}`;
  await studio.studio.objects.put(key, bytes, { oid, size: bytes.length });
  const url = new URL(await studio.studio.objects.signedGet(key, { expiresS: 600 }));
  const { port } = new URL(serving.address);
  const line = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await line.write(
    new TextEncoder().encode(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`),
  );
  const head = new Uint8Array(15);
  await line.read(head);
  assert.equal(new TextDecoder().decode(head), "HTTP/1.1 200 OK");
  await serving.stop();
  await assert.rejects(fetch(`${serving.address}/healthz`));
  line.close();
  await serving.finished;
});

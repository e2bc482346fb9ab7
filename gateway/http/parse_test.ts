import assert from "node:assert/strict";
import { Hono } from "hono";
import { z } from "zod";
import type { Problem } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";
import { parseBody, parseQuery } from "./parse.ts";
import { problemResponse } from "./problems.ts";

const Body = z.strictObject({ name: z.string(), count: z.int().optional() });

const app = new Hono<Env>();
app.onError((error, c) => problemResponse(c, error));
app.post("/", async (c) => c.json(await parseBody(c, Body, { limit: 1000 })));
app.post("/any", async (c) => c.json(await parseBody(c, z.unknown())));
app.get("/", (c) => c.json(parseQuery(c, z.object({ limit: z.coerce.number().int().max(10).default(5) }))));

async function post(
  body: BodyInit,
  headers: Record<string, string> = { "content-type": "application/json" },
) {
  const response = await app.request("/", { method: "POST", body, headers });
  return { status: response.status, problem: await response.json() as Problem };
}

Deno.test("a good body arrives as it was meant", async () => {
  const response = await app.request("/", {
    method: "POST",
    body: '{"name":"Keeper 🗼 \\"quoted\\"\\n"}',
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  assert.deepEqual(await response.json(), { name: 'Keeper 🗼 "quoted"\n' });
});

Deno.test("malformed JSON is 400 malformed_json and says where", async () => {
  for (const body of ["", "{", '{"name":}', "undefined", "'x'"]) {
    const { status, problem } = await post(body);
    assert.equal(status, 400, body);
    assert.equal(problem.code, "malformed_json", body);
  }
  assert.match((await post('{"name":}')).problem.detail, /JSON/);
});

Deno.test("bytes that are not UTF-8 are malformed, not mangled", async () => {
  const { problem } = await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]));
  assert.equal(problem.code, "malformed_json");
});

Deno.test("unknown fields and wrong types are named, each of them", async () => {
  const { status, problem } = await post(JSON.stringify({ name: 7, count: "many", extra: true }));
  assert.equal(status, 400);
  assert.equal(problem.code, "invalid_request");
  const paths = problem.errors!.map((error) => error.path);
  assert.ok(paths.includes("name") && paths.includes("count"));
  assert.ok(problem.errors!.some((error) => error.message.includes("extra")));
});

Deno.test("a body of another type, or compressed, is 415", async () => {
  for (
    const headers of [
      { "content-type": "text/plain" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "application/json", "content-encoding": "gzip" },
    ] as Record<string, string>[]
  ) {
    const { status, problem } = await post('{"name":"a"}', headers);
    assert.equal(status, 415);
    assert.equal(problem.code, "unsupported_media_type");
  }
});

Deno.test("a body over the limit is 413 by its length, and by its bytes when it hides its length", async () => {
  const large = JSON.stringify({ name: "x".repeat(2000) });
  assert.equal((await post(large)).problem.code, "too_large");
  const chunked = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("x".repeat(100)));
    },
  });
  const { status, problem } = await post(chunked);
  assert.equal(status, 413);
  assert.match(problem.detail, /1 KiB/);
});

Deno.test("a body that breaks off is 400, not a failure of the gateway", async () => {
  let sent = false;
  const broken = new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error("connection reset"));
      else controller.enqueue(new TextEncoder().encode('{"name":'));
      sent = true;
    },
  });
  const { status, problem } = await post(broken);
  assert.equal(status, 400);
  assert.match(problem.detail, /broke off/);
});

Deno.test("text that no database can hold is refused wherever it hides", async () => {
  for (const value of ["a\u0000b", ["\ud800"], { deep: [{ x: "\udfff" }] }, { "k\u0000": 1 }]) {
    const response = await app.request("/any", {
      method: "POST",
      body: JSON.stringify(value),
      headers: { "content-type": "application/json" },
    });
    assert.equal(response.status, 400, JSON.stringify(value));
    assert.equal((await response.json()).code, "invalid_request");
  }
});

Deno.test("a million brackets do not bring the parser down", async () => {
  const response = await app.request("/any", {
    method: "POST",
    body: "[".repeat(500_000) + "]".repeat(500_000),
    headers: { "content-type": "application/json" },
  });
  assert.ok(response.status < 500, String(response.status));
  await response.body?.cancel();
});

Deno.test("a query is parsed and its faults are named", async () => {
  assert.deepEqual(await (await app.request("/?limit=7")).json(), { limit: 7 });
  assert.deepEqual(await (await app.request("/")).json(), { limit: 5 });
  for (const query of ["limit=many", "limit=99", "limit=1.5", "limit=1e999"]) {
    const response = await app.request(`/?${query}`);
    assert.equal(response.status, 400, query);
    assert.equal((await response.json()).errors[0].path, "limit");
  }
});

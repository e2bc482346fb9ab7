import assert from "node:assert/strict";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";
import { createLog } from "./log.ts";
import { problemResponse } from "./problems.ts";

function answerTo(thrown: unknown) {
  const lines: string[] = [];
  const app = new Hono<Env>();
  app.use((c, next) => {
    c.set("log", createLog({ terminal: false, write: (line) => lines.push(line) }));
    c.set("requestId", "request-1");
    return next();
  });
  app.onError((error, c) => problemResponse(c, error));
  app.get("/", () => {
    throw thrown;
  });
  return { response: app.request("/"), lines };
}

Deno.test("a problem is RFC 9457 with its code, its sentence and the request's id", async () => {
  const { response } = answerTo(
    new ProblemError("conflict", "Read it again.", { errors: [{ path: "version", message: "is 3" }] }),
  );
  const answer = await response;
  assert.equal(answer.status, 409);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await answer.json(), {
    type: "urn:studio:problem:conflict",
    title: "Conflict",
    status: 409,
    detail: "Read it again.",
    code: "conflict",
    request_id: "request-1",
    errors: [{ path: "version", message: "is 3" }],
  });
});

Deno.test("what was not expected is 500 without its message, and in the log with its stack", async () => {
  const { response, lines } = answerTo(new Error("password is hunter2"));
  const answer = await response;
  assert.equal(answer.status, 500);
  const text = await answer.text();
  assert.ok(!text.includes("hunter2"));
  assert.equal(JSON.parse(text).request_id, "request-1");
  const line = JSON.parse(lines[0]!);
  assert.equal(line.level, "error");
  assert.match(line.stack, /problems_test/);
});

Deno.test("a framework's refusal keeps its status", async () => {
  const { response } = answerTo(new HTTPException(413, { message: "Too big." }));
  const answer = await response;
  assert.equal(answer.status, 413);
  assert.equal((await answer.json()).code, "too_large");
});

Deno.test("a database that is away is 503 with a time to come back, not the client's fault", async () => {
  for (const code of ["CONNECTION_CLOSED", "CONNECTION_SILENT", "ECONNREFUSED", "EPIPE", "57P01", "57P03"]) {
    const { response } = answerTo(Object.assign(new Error("secret host"), { code }));
    const answer = await response;
    assert.equal(answer.status, 503, code);
    assert.ok(answer.headers.get("retry-after"));
    assert.ok(!(await answer.text()).includes("secret host"));
  }
});

Deno.test("a value that the database cannot read is the request's fault", async () => {
  const { response } = answerTo(
    Object.assign(new Error("invalid input syntax for type uuid"), { code: "22P02" }),
  );
  const answer = await response;
  assert.equal(answer.status, 400);
  assert.ok(!(await answer.text()).includes("uuid"));
});

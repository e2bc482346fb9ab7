import assert from "node:assert/strict";
import { createLog } from "./log.ts";

function logTo(lines: string[], options: Parameters<typeof createLog>[0] = {}) {
  return createLog({ terminal: false, write: (line) => lines.push(line), ...options });
}

Deno.test("a log line is JSON with time, level, message and the fields of all its parents", () => {
  const lines: string[] = [];
  logTo(lines).child({ room: "jobs" }).child({ job: "j1" }).info("A job was leased", { agent: "a1" });
  const { time, ...rest } = JSON.parse(lines[0]!);
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.deepEqual(rest, {
    level: "info",
    message: "A job was leased",
    room: "jobs",
    job: "j1",
    agent: "a1",
  });
});

Deno.test("lines below the level are dropped", () => {
  const lines: string[] = [];
  const log = logTo(lines, { level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assert.deepEqual(lines.map((line) => JSON.parse(line).message), ["c", "d"]);
});

Deno.test("an error becomes its message, cause and stack", () => {
  const lines: string[] = [];
  logTo(lines).error("Failed", { error: new Error("the disk is full", { cause: new Error("ENOSPC") }) });
  const line = JSON.parse(lines[0]!);
  assert.equal(line.error, "the disk is full");
  assert.equal(line.cause, "ENOSPC");
  assert.match(line.stack, /log_test\.ts/);
});

Deno.test("a field named like a secret is hidden, a lease's counter is not", () => {
  const lines: string[] = [];
  logTo(lines).info("x", {
    token: "gms_1",
    authorization: "Bearer gms_1",
    lease_token: 7,
    cookie: "s=gms_1",
  });
  assert.ok(!lines[0]!.includes("gms_1"));
  assert.equal(JSON.parse(lines[0]!).lease_token, 7);
});

Deno.test("what has a secret's form is hidden wherever it stands, and the rest of the line is there", () => {
  const lines: string[] = [];
  const token = `gms_access_${"a".repeat(43)}`;
  logTo(lines).warn(`GET /api/projects/${token}`, {
    why: new Error("connect postgres://studio:pass-word@db/studio failed"),
    url: "https://store/a?X-Amz-Date=1&X-Amz-Signature=0123abcd&x=1",
    plain: "http://store:7070/a@b",
  });
  const line = JSON.parse(lines[0]!);
  assert.equal(line.message, "GET /api/projects/gms_access_[hidden]");
  assert.equal(line.why, "connect postgres://studio:[hidden]@db/studio failed");
  assert.equal(line.url, "https://store/a?X-Amz-Date=1&X-Amz-Signature=[hidden]&x=1");
  assert.equal(line.plain, "http://store:7070/a@b");
});

Deno.test("a terminal gets a readable line, with a stack below it", () => {
  const lines: string[] = [];
  logTo(lines, { terminal: true }).warn("Slow", { ms: 12, nothing: null, error: new Error("late") });
  // deno-lint-ignore no-control-regex -- colours
  const plain = lines[0]!.replace(/\x1b\[\d+m/g, "");
  assert.match(plain, /^\d\d:\d\d:\d\d warn {2}Slow {2}ms=12 error=late\nError: late\n/);
});

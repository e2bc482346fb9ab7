import assert from "node:assert/strict";
import { createAttempts } from "./attempts.ts";

Deno.test("failures are forgiven with time, each address for itself", () => {
  let now = 0;
  const attempts = createAttempts(() => now);
  const waits = Array.from({ length: 25 }, () => attempts.failed("10.0.0.1"));
  assert.ok(waits.slice(0, 20).every((wait) => wait === 0));
  assert.ok(waits.slice(20).every((wait) => wait > 0));
  assert.equal(attempts.failed("10.0.0.2"), 0);
  now += waits.at(-1)! * 1000;
  assert.equal(attempts.failed("10.0.0.1"), 0);
});

Deno.test("a flood of addresses is not remembered without end", () => {
  const attempts = createAttempts(() => 0);
  for (let n = 0; n < 20; n++) attempts.failed("first");
  for (let n = 0; n < 10_000; n++) attempts.failed(`address-${n}`);
  assert.equal(attempts.failed("first"), 0);
});

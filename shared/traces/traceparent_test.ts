import assert from "node:assert/strict";
import { beginTrace } from "./begin.ts";
import { parseTraceparent, spanOfLease, Traceparent, writeTraceparent } from "./traceparent.ts";

const GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Deno.test("a traceparent is read and written as W3C Trace Context has it", () => {
  const read = parseTraceparent(GIVEN)!;
  assert.deepEqual(read, {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    recorded: true,
  });
  assert.equal(writeTraceparent(read), GIVEN);
  assert.equal(parseTraceparent(GIVEN.replace(/01$/, "00"))!.recorded, false);
  assert.ok(Traceparent.safeParse(beginTrace()).success);
  assert.notEqual(beginTrace(), beginTrace());
});

Deno.test("what is no traceparent is no trace", () => {
  for (
    const text of [
      null,
      "",
      "hello",
      GIVEN.toUpperCase(),
      GIVEN.replace(/^00/, "ff"),
      `${GIVEN}-more`,
      GIVEN.replace(/-[0-9a-f]{32}-/, `-${"0".repeat(32)}-`),
      GIVEN.replace(/-[0-9a-f]{16}-/, `-${"0".repeat(16)}-`),
    ]
  ) assert.equal(parseTraceparent(text), null, String(text));
});

Deno.test("both sides call a grant's span the same, and each grant another", () => {
  const job = "01890a5d-ac96-774b-bcce-b302099a8057";
  assert.match(spanOfLease(`${job}.1`), /^[0-9a-f]{16}$/);
  assert.equal(spanOfLease(`${job}.1`), spanOfLease(`${job}.1`));
  assert.notEqual(spanOfLease(`${job}.1`), spanOfLease(`${job}.2`));
  // As published for FNV-1a: the test vectors of the algorithm's authors.
  assert.equal(spanOfLease("a"), "af63dc4c8601ec8c");
  assert.equal(spanOfLease("foobar"), "85944171f73967e8");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Id, isId, uuidv7 } from "./ids.ts";

Deno.test("an id is a UUID of version 7 that carries its time (RFC 9562)", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (ms) => {
    const id = uuidv7(ms);
    assert.ok(isId(id) && Id.safeParse(id).success);
    assert.equal(id[14], "7");
    assert.match(id[19]!, /[89ab]/);
    assert.equal(parseInt(id.replaceAll("-", "").slice(0, 12), 16), ms);
  }));
});

Deno.test("ids sort by the millisecond they were made in", () => {
  fc.assert(fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 30 }), (ms, later) => {
    assert.ok(uuidv7(ms) < uuidv7(ms + later));
  }));
});

Deno.test("ids of one program sort as it made them, however many in a millisecond", () => {
  const ids = Array.from({ length: 20_000 }, () => uuidv7());
  assert.deepEqual(ids.toSorted(), ids);
  assert.ok(Math.abs(parseInt(ids.at(-1)!.replaceAll("-", "").slice(0, 12), 16) - Date.now()) < 10_000);
});

Deno.test("two ids are never the same", () => {
  const ids = Array.from({ length: 10_000 }, () => uuidv7(0));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("what is not a lower-case hyphenated UUID is no id", () => {
  const id = uuidv7();
  for (
    const other of [
      "",
      "null",
      id.toUpperCase(),
      id.replaceAll("-", ""),
      `${id} `,
      `{${id}}`,
      `${id}\n`,
      id.slice(1),
    ]
  ) {
    assert.ok(!isId(other), JSON.stringify(other));
  }
});

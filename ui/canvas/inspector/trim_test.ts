import assert from "node:assert/strict";
import fc from "fast-check";
import { type Grip, keyStep, moved, rangeIn, trimTo } from "./trim.ts";

Deno.test("a trim stays within the take and leaves a frame, however far a grip is pulled", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 500 }).chain((total) =>
      fc.tuple(
        fc.constant(total),
        fc.integer({ min: 0, max: total - 1 }).chain((first) =>
          fc.record({ first: fc.constant(first), end: fc.integer({ min: first + 1, max: total }) })
        ),
        fc.constantFrom<Grip>("first", "end", "both"),
        fc.oneof(fc.integer({ min: -600, max: 600 }), fc.constantFrom(Infinity, -Infinity)),
      )
    ),
    ([total, range, grip, by]) => {
      const { first, end } = moved(range, grip, by, total);
      assert.ok(0 <= first && first < end && end <= total);
      if (grip === "both") assert.equal(end - first, range.end - range.first, "a slip keeps the length");
      if (grip === "first") assert.equal(end, range.end);
      if (grip === "end") assert.equal(first, range.first);
    },
  ));
});

Deno.test("a frame by a key, ten with Shift, and nothing by a letter", () => {
  assert.equal(keyStep("ArrowLeft", false), -1);
  assert.equal(keyStep("ArrowRight", true), 10);
  assert.deepEqual(moved({ first: 6, end: 54 }, "both", keyStep("End", false)!, 60), { first: 12, end: 60 });
  assert.equal(keyStep("a", false), null);
});

Deno.test("what is shown to the last frame is not trimmed there, whatever the take's length", () => {
  const before = rangeIn({ trim_in: 6, trim_out: 90 }, 60);
  assert.deepEqual(before, { first: 6, end: 60 });
  assert.deepEqual(trimTo({ first: 6, end: 40 }, before, 60), { trim_out: 40 });
  assert.deepEqual(trimTo({ first: 0, end: 60 }, { first: 0, end: 40 }, 60), { trim_out: null });
  assert.deepEqual(trimTo({ first: 8, end: 42 }, { first: 6, end: 40 }, 60), { trim_in: 8, trim_out: 42 });
  assert.equal(trimTo(before, before, 60), null);
});

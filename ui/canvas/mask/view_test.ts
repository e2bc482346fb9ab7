import assert from "node:assert/strict";
import fc from "fast-check";
import { fitted, zoomed } from "./view.ts";

Deno.test("a picture fits into the stage, in its middle", () => {
  const view = fitted({ width: 1000, height: 500 }, { width: 548, height: 400 });
  assert.deepEqual(view, { scale: 0.5, x: 24, y: 75 });
});

Deno.test("zooming keeps what is under the pointer where it is", () => {
  const number = fc.double({ min: -1000, max: 1000, noNaN: true });
  const factor = fc.double({ min: 0.2, max: 5, noNaN: true });
  fc.assert(fc.property(number, number, number, number, factor, (x, y, px, py, by) => {
    const before = { x, y, scale: 1 };
    const after = zoomed(before, by, { x: px, y: py });
    assert.ok(Math.abs((px - after.x) / after.scale - (px - before.x)) < 1e-6);
    assert.ok(Math.abs((py - after.y) / after.scale - (py - before.y)) < 1e-6);
  }));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { dabsBetween, pressed, touched, union } from "./brush.ts";

const dab = fc.record({
  x: fc.double({ min: -200, max: 4000, noNaN: true }),
  y: fc.double({ min: -200, max: 4000, noNaN: true }),
  radius: fc.double({ min: 0.5, max: 300, noNaN: true }),
});

Deno.test("a stroke has no gaps and ends where the pointer is", () => {
  fc.assert(fc.property(dab, dab, (from, to) => {
    const dabs = dabsBetween(from, to);
    const last = dabs.at(-1)!;
    assert.ok(Math.hypot(last.x - to.x, last.y - to.y) < 1e-6 && Math.abs(last.radius - to.radius) < 1e-6);
    let before = from;
    for (const each of dabs) {
      const gap = Math.hypot(each.x - before.x, each.y - before.y);
      assert.ok(gap <= Math.max(0.5, Math.min(from.radius, to.radius) * 0.15) + 1e-9);
      before = each;
    }
  }));
});

Deno.test("what a stroke touches lies within the picture and holds every dab's part of it", () => {
  fc.assert(fc.property(fc.array(dab, { minLength: 1, maxLength: 5 }), (dabs) => {
    const rect = touched(dabs, { width: 640, height: 360 });
    const whole = dabs.map((each) => touched([each], { width: 640, height: 360 })).reduce(union, null);
    assert.ok(rect === null || (rect.x >= 0 && rect.x + rect.width <= 640 && rect.y + rect.height <= 360));
    if (whole) assert.ok(rect && rect.x <= whole.x && rect.x + rect.width >= whole.x + whole.width);
  }));
});

Deno.test("a pen paints as wide as it is pressed, a mouse always whole", () => {
  assert.equal(pressed(80, { pointerType: "mouse", pressure: 0.5 }), 40);
  assert.equal(pressed(80, { pointerType: "pen", pressure: 0.5 }), 20);
  assert.equal(pressed(80, { pointerType: "pen", pressure: 0 }), 2);
});

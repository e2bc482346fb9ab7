import assert from "node:assert/strict";
import fc from "fast-check";
import { fitFrames, fitSize } from "./fit.ts";

const side = fc.integer({ min: 1, max: 8192 });
const step = fc.constantFrom(1, 2, 8, 16, 32, 64);
const area = fc.integer({ min: 64 * 64, max: 4096 * 4096 });

Deno.test("fitSize() stays within the area and on the step, whatever is asked", () => {
  fc.assert(fc.property(side, side, area, step, (width, height, maxArea, step) => {
    const fitted = fitSize(width, height, { maxArea, step });
    assert.equal(fitted.width % step, 0);
    assert.equal(fitted.height % step, 0);
    assert.ok(fitted.width >= step && fitted.height >= step);
    assert.ok(fitted.width * fitted.height <= maxArea, `${fitted.width}x${fitted.height} is over ${maxArea}`);
  }));
});

Deno.test("fitSize() leaves a size that fits alone, so fitting twice is fitting once", () => {
  fc.assert(fc.property(side, side, area, step, (width, height, maxArea, step) => {
    const once = fitSize(width, height, { maxArea, step });
    assert.deepEqual(fitSize(once.width, once.height, { maxArea, step }), once);
  }));
});

Deno.test("fitSize() keeps the shape of a picture that has room for it", () => {
  fc.assert(fc.property(
    fc.integer({ min: 512, max: 4096 }),
    fc.integer({ min: 512, max: 4096 }),
    (width, height) => {
      const fitted = fitSize(width, height, { maxArea: 1024 * 1024, step: 8 });
      const drift = (fitted.width / fitted.height) / (width / height);
      assert.ok(drift > 0.95 && drift < 1.05, `${width}x${height} became ${fitted.width}x${fitted.height}`);
    },
  ));
});

Deno.test("fitSize() brings HD to each tier", () => {
  assert.deepEqual(fitSize(1920, 1080, { maxArea: 768 * 768, step: 16 }), { width: 1024, height: 576 });
  assert.deepEqual(fitSize(1920, 1080, { maxArea: null, step: 8 }), { width: 1920, height: 1080 });
  assert.deepEqual(fitSize(1280, 720, { step: 32 }), { width: 1280, height: 736 });
});

Deno.test("fitFrames() gives lengths the model can make: enough where it can, its longest where it cannot", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 2000 }),
    fc.constantFrom({ step: 4, offset: 1 }, { step: 8, offset: 1 }, { step: 1, offset: 0 }),
    fc.integer({ min: 9, max: 500 }),
    (frames, { step, offset }, max) => {
      const fitted = fitFrames(frames, { step, offset, max });
      assert.equal((fitted - offset) % step, 0);
      assert.ok(fitted >= 1 && fitted <= max);
      if (fitted < frames) assert.ok(fitted + step > max, "only the limit makes a take shorter than asked");
      else assert.ok(fitted - frames < step, "never a whole step too long");
    },
  ));
});

Deno.test("fitFrames() gives Wan 5 seconds as 81 frames", () => {
  assert.equal(fitFrames(80, { step: 4, offset: 1, max: 81 }), 81);
  assert.equal(fitFrames(200, { step: 4, offset: 1, max: 81 }), 81);
  assert.equal(fitFrames(0, { step: 4, offset: 1 }), 1);
});

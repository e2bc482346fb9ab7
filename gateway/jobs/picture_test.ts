import assert from "node:assert/strict";
import fc from "fast-check";
import { fitPicture, framesToMake } from "./picture.ts";

const side = fc.integer({ min: 64, max: 8192 });

Deno.test("a fitted picture keeps to steps and area, and about to its shape", () => {
  fc.assert(fc.property(
    side,
    side,
    fc.constantFrom(2, 8, 16, 32),
    fc.constantFrom(768 * 768, 1024 * 1024, 2048 * 2048),
    (width, height, step, maxArea) => {
      const fitted = fitPicture({ width, height }, { maxArea, step });
      assert.ok(fitted.width % step === 0 && fitted.height % step === 0);
      assert.ok(fitted.width * fitted.height <= maxArea);
      assert.ok(fitted.width >= step && fitted.height >= step);
      const shape = Math.abs(Math.log((fitted.width / fitted.height) / (width / height)));
      assert.ok(
        shape < 3 * step / Math.min(fitted.width, fitted.height),
        `${width}x${height} became ${JSON.stringify(fitted)}`,
      );
    },
  ));
});

Deno.test("a very wide picture also keeps to the longest side", () => {
  fc.assert(fc.property(side, side, fc.constantFrom(8, 16, 32), (width, height, step) => {
    const fitted = fitPicture({ width, height }, { maxArea: 901_120, maxWidth: 1280, maxHeight: 1280, step });
    assert.ok(fitted.width <= 1280 && fitted.height <= 1280 && fitted.width * fitted.height <= 901_120);
  }));
});

Deno.test("what fits stays as it is", () => {
  assert.deepEqual(fitPicture({ width: 1280, height: 720 }, { maxArea: 1280 * 720, step: 16 }), {
    width: 1280,
    height: 720,
  });
  assert.deepEqual(fitPicture({ width: 1920, height: 1080 }, { step: 2 }), { width: 1920, height: 1080 });
});

Deno.test("a wide HD frame fits a megapixel as 1360 x 768 at most", () => {
  const { width, height } = fitPicture({ width: 1920, height: 1080 }, { maxArea: 1024 * 1024, step: 16 });
  assert.ok(width * height <= 1024 * 1024 && width * height > 0.95 * 1024 * 1024, `${width} x ${height}`);
});

Deno.test("enough frames are made to cover the shot, in a number that the model accepts", () => {
  assert.equal(framesToMake(96, { fps: 24, nativeFps: 16, step: 4, offset: 1 }), 65);
  assert.equal(framesToMake(96, { fps: 24, step: 1, offset: 0 }), 96);
  assert.equal(framesToMake(1, { fps: 24, nativeFps: 16, step: 4, offset: 1 }), 1);
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 5000 }),
    fc.constantFrom(24, 24000 / 1001, 25, 60),
    fc.constantFrom(8, 16, 24, 30),
    fc.constantFrom([1, 0], [4, 1], [8, 1]),
    (frames, fps, nativeFps, [step, offset]) => {
      const made = framesToMake(frames, { fps, nativeFps, step: step!, offset: offset! });
      assert.equal((made - offset!) % step!, 0);
      assert.ok(made / nativeFps >= frames / fps - 1e-6);
      assert.ok((made - step!) / nativeFps < frames / fps + 1e-6);
    },
  ));
});

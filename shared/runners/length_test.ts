import assert from "node:assert/strict";
import fc from "fast-check";
import { fitFrames } from "./length.ts";

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

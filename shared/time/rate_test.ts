import assert from "node:assert/strict";
import { framesOf, nominalRate, RATES, secondsOf } from "./rate.ts";
import { aspectOf, PixelAspect } from "./aspect.ts";

for (const [name, rate] of Object.entries(RATES)) {
  Deno.test(`at ${name} every frame of an hour is the one that its time says, there and back`, () => {
    const hour = nominalRate(rate) * 3600;
    let before = -1;
    for (let frame = 0; frame <= hour; frame++) {
      const seconds = secondsOf(frame, rate);
      if (seconds <= before) assert.fail(`frame ${frame} is not later than the one before`);
      if (framesOf(seconds, rate) !== frame) assert.fail(`frame ${frame} is lost at ${seconds} s`);
      before = seconds;
    }
    // An hour of timecode at 23.976 lasts 3.6 seconds longer than one of the clock.
    assert.equal(Math.round(secondsOf(hour, rate) * 1000), rate.den === 1001 ? 3_603_600 : 3_600_000);
  });
}

Deno.test("a pixel's shape is two numbers, and no wilder than four to one", () => {
  assert.deepEqual(aspectOf(PixelAspect.parse("64:45")), [64, 45]);
  for (const text of ["1", "0:1", "9:1", "1:9", "1.5:1", "a:b"]) {
    assert.equal(PixelAspect.safeParse(text).success, false);
  }
});

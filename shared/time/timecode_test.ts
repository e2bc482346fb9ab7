import assert from "node:assert/strict";
import { RATES } from "./rate.ts";
import { canDrop, formatTimecode, framesPerDay, parseTimecode, TimecodeError } from "./timecode.ts";

for (const [name, rate] of Object.entries(RATES)) {
  for (const drop of canDrop(rate) ? [false, true] : [false]) {
    Deno.test(`at ${name}${drop ? " drop-frame" : ""} every frame of an hour has its own timecode, in order`, () => {
      const hour = framesPerDay(rate, { drop }) / 24;
      let previous = "";
      for (let frame = hour; frame < hour * 2; frame++) {
        const text = formatTimecode(frame, rate, { drop });
        if (text <= previous) assert.fail(`${text} comes after ${previous}`);
        if (parseTimecode(text, rate) !== frame) {
          assert.fail(`${text} is read as another frame than ${frame}`);
        }
        previous = text;
      }
      assert.equal(formatTimecode(hour * 2, rate, { drop }).slice(0, 8), "02:00:00");
    });
  }
}

Deno.test("23.976 is counted as 24 and never as seconds", () => {
  assert.equal(formatTimecode(24 * 3600, RATES["23.976"]), "01:00:00:00");
  assert.equal(parseTimecode("00:00:01:00", RATES["23.976"]), 24);
});

Deno.test("drop-frame leaves out two numbers a minute but each tenth, four at 59.94", () => {
  assert.equal(formatTimecode(1800, RATES["29.97"], { drop: true }), "00:01:00;02");
  assert.equal(formatTimecode(17_982, RATES["29.97"], { drop: true }), "00:10:00;00");
  assert.equal(formatTimecode(3600, RATES["59.94"], { drop: true }), "00:01:00;04");
  assert.equal(parseTimecode("01:00:00;00", RATES["29.97"]), 107_892);
});

Deno.test("a list's heading can make colons drop-frame", () => {
  assert.equal(parseTimecode("00:10:00:00", RATES["29.97"], { drop: true }), 17_982);
});

Deno.test("timecode passes midnight as the clock does", () => {
  const day = framesPerDay(RATES["25"]);
  assert.equal(formatTimecode(day, RATES["25"]), "00:00:00:00");
  assert.equal(formatTimecode(day + 26, RATES["25"]), "00:00:01:01");
  assert.equal(formatTimecode(-1, RATES["25"]), "23:59:59:24");
});

for (
  const [text, rate, says] of [
    ["1:2:3", "24", /is no timecode; it is written like/],
    ["01:00:00:24", "24", /a second counts 24 frames, from 00 to 23/],
    ["01:60:00:00", "24", /60 minutes/],
    ["01:00:61:00", "24", /61 seconds/],
    ["24:00:00:00", "24", /24 hours/],
    ["01:00:00;00", "23.976", /29\.97 and 59\.94/],
    ["00:01:00;01", "29.97", /does not exist/],
    ["00:01:00;03", "59.94", /does not exist/],
  ] as const
) {
  Deno.test(`${text} at ${rate} is refused with the reason`, () => {
    assert.throws(() => parseTimecode(text, RATES[rate]), (error) => {
      assert(error instanceof TimecodeError);
      assert.match(error.message, says);
      return true;
    });
  });
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTakeName, ShotName, takeName, takePath, toShotName } from "./name.ts";

const shot = fc.stringMatching(/^[A-Z0-9](?:[A-Z0-9-]{0,46}[A-Z0-9])?$/);
const number = fc.integer({ min: 1, max: 999_999 });

Deno.test("a take's name read back is the take", () => {
  fc.assert(fc.property(shot, number, number, (shot, version, take) => {
    assert.deepEqual(parseTakeName(takeName({ shot, version, take })), { shot, version, take });
  }));
});

Deno.test("what reads as a take's name is written the same way again", () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[A-Za-z0-9-]{0,6}_v[0-9]{1,4}_take[0-9]{1,4}$/),
    fc.stringMatching(/^[A-Z]_v0?1_take0?1(?:_v01_take01)?[ \n]?$/),
  );
  fc.assert(fc.property(text, (name) => {
    const number = parseTakeName(name);
    if (number) assert.equal(takeName(number), name);
  }));
});

Deno.test("numbers have two digits at least, and versions and takes begin at one", () => {
  assert.equal(takeName({ shot: "SHOT-010", version: 1, take: 2 }), "SHOT-010_v01_take02");
  assert.equal(takeName({ shot: "SHOT-010", version: 12, take: 345 }), "SHOT-010_v12_take345");
  for (
    const wrong of [
      "SHOT-010_v1_take02",
      "SHOT-010_v001_take02",
      "SHOT-010_v00_take01",
      "SHOT-010_v01_take00",
      "shot-010_v01_take01",
      "SHOT-010_v01_take01.mp4",
      "-SHOT_v01_take01",
      "../X_v01_take01",
      "",
    ]
  ) {
    assert.equal(parseTakeName(wrong), null, wrong);
  }
});

Deno.test("a take's path stays in its shot's folder under 03_Renders", () => {
  assert.equal(
    takePath({ shot: "SHOT-010", version: 1, take: 2 }, "mp4"),
    "03_Renders/SHOT-010/SHOT-010_v01_take02.mp4",
  );
  fc.assert(fc.property(shot, number, number, (shot, version, take) => {
    assert.match(
      takePath({ shot, version, take }, "png"),
      /^03_Renders\/[A-Z0-9-]+\/[A-Z0-9-]+_v\d+_take\d+\.png$/,
    );
  }));
});

Deno.test("any text becomes a shot name, and a shot name stays itself", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    assert.ok(ShotName.safeParse(toShotName(text)).success, JSON.stringify(toShotName(text)));
  }));
  fc.assert(fc.property(shot, (text) => assert.equal(toShotName(toShotName(text)), toShotName(text))));
  assert.equal(toShotName("SHOT-010"), "SHOT-010");
  assert.equal(toShotName("Lamp room still"), "LAMP-ROOM-STILL");
  assert.equal(toShotName("Zoë’s café"), "ZOE-S-CAFE");
  assert.equal(toShotName("灯台 🎬"), "SHOT");
});

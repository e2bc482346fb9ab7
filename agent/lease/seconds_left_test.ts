import assert from "node:assert/strict";
import { aged, secondsLeft } from "./seconds_left.ts";

Deno.test("what is left follows the past at first and the pace of the work later", () => {
  let now = 0;
  const left = secondsLeft(100, () => now * 1000);
  assert.equal(left(0), 100);
  now = 10;
  assert.equal(left(0.05), 90, "a twentieth in ten seconds would mean 190: too early to believe");
  now = 90;
  // Half is done after 90 s: the pace says 90 more, the past 10.
  const half = left(0.5)!;
  assert.ok(half > 10 && half < 90);
  now = 150;
  assert.equal(left(0.75), 50, "late in the work only its pace counts");
  now = 500;
  assert.equal(left(0.05), 0, "what takes longer than ever has no seconds to promise");
});

Deno.test("without a past nothing is said until a tenth is done", () => {
  let now = 0;
  const left = secondsLeft(undefined, () => now * 1000);
  assert.equal(left(0), null);
  now = 30;
  assert.equal(left(0.09), null);
  assert.equal(left(0.25), 90);
});

Deno.test("what was promised counts down while a step says nothing, and is no promise any more once it has passed", () => {
  const said = { stage: "Save MP4", progress: 0.36, seconds_left: 4 };
  assert.deepEqual(aged(said, 1_500), { ...said, seconds_left: 2.5 });
  assert.deepEqual(aged(said, 50_000), { stage: "Save MP4", progress: 0.36 });
  assert.deepEqual(aged({ stage: "Starting", progress: 0 }, 0), { stage: "Starting", progress: 0 });
});

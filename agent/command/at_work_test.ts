import assert from "node:assert/strict";
import { createAtWork } from "./at_work.ts";

Deno.test("the load of a job that has just ended is still its own, and nobody's game", () => {
  let now = 0;
  const atWork = createAtWork(() => now);
  assert.deepEqual([atWork.any(), atWork.lately()], [false, false]);
  atWork.begins("one");
  atWork.begins("two");
  atWork.ends("one");
  assert.deepEqual([atWork.any(), atWork.lately()], [true, true]);
  now = 60_000;
  atWork.ends("two");
  assert.deepEqual([atWork.any(), atWork.lately()], [false, true]);
  now = 66_000;
  atWork.ends("two");
  assert.equal(atWork.lately(), false, "what ended twice ended once");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { ErrorClass } from "../../shared/jobs/job.ts";
import { decide, pause } from "./retry.ts";

const job = {
  title: "SHOT-010, take 2",
  attempt: 1,
  max_attempts: 3,
  oom_retries: 0,
  cancel_requested_at: null,
};
const with_ = { agent: "Tower", pauseS: 15, random: 0.5 };
const error = (of: ErrorClass) => ({ class: of, message: "ComfyUI said no" });

Deno.test("what is invalid is never tried again", () => {
  assert.equal(decide(job, error("invalid"), with_).then, "fail");
});

Deno.test("transient faults, time-outs and faults of one agent are tried again elsewhere after a pause", () => {
  for (const each of ["transient", "timeout", "agent"] as const) {
    const decision = decide(job, error(each), with_);
    assert.ok(decision.then === "retry" && decision.avoid && !decision.oom && decision.restS > 0, each);
  }
});

Deno.test("when the attempts are used up the job fails with a sentence that counts them", () => {
  const decision = decide({ ...job, attempt: 3 }, error("transient"), with_);
  assert.deepEqual(decision, {
    then: "fail",
    sentence: "Tower failed: ComfyUI said no. That was attempt 3 of 3; retry it when the cause is gone.",
  });
});

Deno.test("out of memory: once more at once, then a tier lower", () => {
  const first = decide(job, error("oom"), with_);
  assert.ok(first.then === "retry" && first.oom && first.restS === 0 && !first.avoid);
  assert.equal(decide({ ...job, oom_retries: 1 }, error("oom"), with_).then, "fall");
});

Deno.test("after a cancel every failure means cancelled", () => {
  for (const each of ErrorClass.options) {
    assert.equal(decide({ ...job, cancel_requested_at: new Date() }, error(each), with_).then, "cancel");
  }
  assert.equal(decide(job, error("cancelled"), with_).then, "cancel");
});

Deno.test("pauses double, are jittered by a quarter, and never exceed ten minutes", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, random) => {
        const seconds = pause(attempt, 15, random);
        const plain = 15 * 2 ** (attempt - 1);
        assert.ok(seconds <= 600 && seconds >= Math.min(600, plain * 0.75) && seconds <= plain * 1.25);
      },
    ),
  );
});

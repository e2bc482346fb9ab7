import assert from "node:assert/strict";
import { createJobLog } from "./job_log.ts";

const NOW = () => new Date("2026-01-02T12:03:11Z");

Deno.test("of a job's log the last lines are told, progress as one line, and the prompt never", () => {
  const log = createJobLog({ prompt: "A keeper in the fog" }, NOW);
  for (let step = 1; step <= 30; step++) log.add(`Sampling ${step} of 30`);
  log.add("\x1b[31mgot prompt: A keeper in the fog\x1b[0m\n\nDone");
  assert.deepEqual(log.tail().split("\n"), [
    "12:03:11 Sampling 30 of 30",
    "12:03:11 got prompt: [text of the job]",
    "12:03:11 Done",
  ]);
  const { version } = log;
  log.add("Done");
  assert.equal(log.version, version, "said twice is said once");
});

Deno.test("a log that never ends keeps its end", () => {
  const log = createJobLog({}, NOW);
  for (let line = 0; line < 5000; line++) log.add(`${"abcdefgh"[line % 8]} ${line} ${"x".repeat(40)}`);
  const tail = log.tail();
  assert.ok(tail.length <= 8000);
  assert.match(tail, /h 4999 x+$/);
});

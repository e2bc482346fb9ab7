import assert from "node:assert/strict";
import fc from "fast-check";
import { FINAL_STATES, JobState } from "../../shared/jobs/job.ts";
import { type Happening, isFinal, next, TRANSITIONS } from "./transitions.ts";

const happenings = Object.keys(TRANSITIONS) as Happening[];
const walk = fc.array(fc.constantFrom(...happenings), { maxLength: 40 });

/** Where a walk from `blocked` or `queued` leads when what can't happen is left out. */
function follow(from: JobState, steps: Happening[]): { state: JobState; path: Happening[] } {
  let state = from;
  const path: Happening[] = [];
  for (const step of steps) {
    const to = next(state, step);
    if (!to) continue;
    state = to;
    path.push(step);
  }
  return { state, path };
}

Deno.test("whatever happens, a job is in a known state, and only a grant makes it leased", () => {
  fc.assert(fc.property(fc.constantFrom<JobState>("blocked", "queued"), walk, (from, steps) => {
    const { state, path } = follow(from, steps);
    assert.ok(JobState.options.includes(state));
    if (state === "leased") assert.ok(path.at(-1) === "lease" || path.at(-1) === "revive");
    if (path.includes("revive") || path.includes("retry")) {
      assert.ok(path.includes("lease") || path.includes("revive"));
    }
  }));
});

Deno.test("success is for ever, and a failed or cancelled job moves only when somebody asks or a late render comes", () => {
  for (const happening of happenings) {
    assert.equal(next("succeeded", happening), null);
    const out = ["again", "again_blocked"];
    if (next("cancelled", happening)) assert.ok(out.includes(happening), happening);
    if (next("failed", happening)) assert.ok([...out, "succeed"].includes(happening), happening);
  }
});

Deno.test("a blocked job is never granted before it is unblocked", () => {
  fc.assert(fc.property(walk, (steps) => {
    const { path } = follow("blocked", steps);
    const granted = path.indexOf("lease");
    if (granted < 0) return;
    assert.ok(path.slice(0, granted).some((step) => step === "unblock" || step === "again"));
  }));
});

Deno.test("from every state that is not final, a final one can be reached", () => {
  for (const start of JobState.options) {
    const seen = new Set<JobState>([start]);
    for (let grew = true; grew;) {
      grew = false;
      for (const state of [...seen]) {
        for (const happening of happenings) {
          const to = next(state, happening);
          if (to && !seen.has(to)) grew = !!seen.add(to);
        }
      }
    }
    assert.ok(isFinal(start) || FINAL_STATES.every((state) => seen.has(state)));
  }
});

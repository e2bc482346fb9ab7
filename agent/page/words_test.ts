import assert from "node:assert/strict";
import { cardWords, outcomeWords, statusWords } from "./words.js";

const job = { slot: "gpu0" };
const state = (more: object) => ({
  ...{ wish: "work", take: true, keep: true, sentence: "", jobs: [job], waits: [] },
  ...more,
});

Deno.test("the page says in one sentence what the machine does, and says nothing twice", () => {
  assert.equal(statusWords(state({ jobs: [] })), "Waits for work.");
  assert.equal(statusWords(state({})), "Works on a job.");
  assert.equal(statusWords(state({ jobs: [job, job] })), "Works on 2 jobs.");
  const hours = { take: false, sentence: "Outside its hours (22:00–07:00)." };
  assert.equal(statusWords(state(hours)), "Finishes what runs. Outside its hours (22:00–07:00).");
  assert.equal(statusWords(state({ ...hours, jobs: [] })), "Outside its hours (22:00–07:00).");
  const game = { take: false, keep: false, sentence: "Makes way: other programs use more than 3.0 GiB." };
  assert.equal(
    statusWords(state(game)),
    "Hands back what runs. Makes way: other programs use more than 3.0 GiB.",
  );
  const after = { take: false, wish: "pause_after_job", sentence: "Paused; what runs is finished first." };
  assert.equal(statusWords(state(after)), "Finishes what runs, then pauses.");
  assert.equal(statusWords(state({ ...after, jobs: [] })), "Paused.");
});

Deno.test("a card of a machine that rests is not called free, nor is it said to wait for work", () => {
  const waits = [{ slot: "gpu0", sentence: "Nothing is queued." }];
  const card = { slot: "gpu0", can: 3 };
  assert.equal(cardWords(card, state({ jobs: [], waits })), "waits: Nothing is queued.");
  assert.equal(cardWords(card, state({ jobs: [], waits, take: false })), "rests");
  assert.equal(cardWords(card, state({ take: false })), "at work");
  assert.equal(cardWords({ ...card, can: 0 }, state({ jobs: [] })), "can make nothing yet: see Models below");
});

Deno.test("how a job ended is said in a person's words, and what is new in the history as it stands there", () => {
  assert.deepEqual(["succeeded", "released", "failed", "thawed"].map(outcomeWords), [
    ...["done", "handed back", "failed", "thawed"],
  ]);
});

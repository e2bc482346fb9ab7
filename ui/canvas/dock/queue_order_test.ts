import assert from "node:assert/strict";
import { type JobView, placeOf, queueOf } from "./queue_order.ts";

const job = (id: string, fields: Partial<JobView> = {}) =>
  ({ id, state: "queued", priority: 4, order: 0, ...fields }) as JobView;

Deno.test("the queue is shown in the order in which agents take it", () => {
  const { waiting, running, failed } = queueOf([
    job("c", { order: 5 }),
    job("b", { order: 5 }),
    job("d", { order: 9, priority: 9 }),
    job("a", { order: 7 }),
    job("e", { state: "leased" }),
    job("f", { state: "failed" }),
    job("g", { state: "succeeded" }),
  ]);
  assert.deepEqual(waiting.map((each) => each.id), ["d", "b", "c", "a"]);
  assert.deepEqual([running.length, failed.length], [1, 1]);
});

Deno.test("moving a job up or down names the job that it comes before", () => {
  const waiting = ["a", "b", "c", "d"].map((id) => job(id));
  assert.equal(placeOf(waiting, "c", -1), "b");
  assert.equal(placeOf(waiting, "c", -99), "a");
  assert.equal(placeOf(waiting, "b", 1), "d");
  assert.equal(placeOf(waiting, "c", 1), null);
  assert.equal(placeOf(waiting, "a", 99), null);
  assert.equal(placeOf(waiting, "a", -1), undefined);
  assert.equal(placeOf(waiting, "d", 1), undefined);
  assert.equal(placeOf(waiting, "x", 1), undefined);
});

import assert from "node:assert/strict";
import { Drainer } from "./drainer.ts";

function openDrainer() {
  const passes: number[] = [];
  const heard = new Set<() => void>();
  const drainer = new Drainer({
    gatherMs: 1,
    wayMs: 1_500,
    longestWayMs: 4_000,
    drain() {
      passes.push(performance.now());
      for (const tell of heard) tell();
      return Promise.resolve({ outcome: "empty" as const });
    },
    openProjects: () => Promise.resolve([]),
    failed: (_project, error) => {
      throw error;
    },
    tickFailed: (error) => {
      throw error;
    },
  });
  return {
    drainer,
    passes,
    next: () =>
      new Promise<void>((resolve) => {
        heard.add(function tell() {
          heard.delete(tell);
          resolve();
        });
      }),
    [Symbol.asyncDispose]: () => drainer[Symbol.asyncDispose](),
  };
}

Deno.test("what machines made waits for somebody who sets out to push, until the push is there", async () => {
  await using open = openDrainer();
  const { drainer, passes } = open;
  drainer.giveWay("film", "Ada");
  drainer.wake("film");
  const other = open.next();
  drainer.wake("another film");
  await other;
  assert.equal(passes.length, 1, "only the film that is pushed to waits");
  const next = open.next();
  drainer.wayIsFree("film", "Ada");
  await next;
  assert.equal(passes.length, 2);
});

Deno.test("who arrives leaves the way to the others who set out", async () => {
  await using open = openDrainer();
  const { drainer, passes } = open;
  drainer.giveWay("film", "Ada");
  drainer.giveWay("film", "Grace");
  drainer.wake("film");
  drainer.wayIsFree("film", "Ada");
  const other = open.next();
  drainer.wake("another film");
  await other;
  assert.equal(passes.length, 1, "Grace is still on her way");
  const next = open.next();
  drainer.wayIsFree("film", "Grace");
  await next;
  assert.equal(passes.length, 2);
});

Deno.test("nobody holds it up for ever: not who never comes, nor many one after the other", async () => {
  await using open = openDrainer();
  const { drainer } = open;
  let next = open.next();
  drainer.giveWay("film", "Ada");
  drainer.wake("film");
  await next;
  next = open.next();
  drainer.wake("film");
  const again = setInterval(() => drainer.giveWay("film", "Ada"), 50);
  try {
    drainer.giveWay("film", "Ada");
    await next;
  } finally {
    clearInterval(again);
  }
});

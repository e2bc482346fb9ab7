import assert from "node:assert/strict";
import { together } from "./together.ts";

Deno.test("what is asked while an answer is awaited is answered together, and never by an older answer", async () => {
  const rounds: PromiseWithResolvers<void>[] = [];
  const seen: number[][] = [];
  let idle = 0;
  const ask = together<number, number>(async (asking) => {
    seen.push(asking.map((each) => each.ask));
    const round = Promise.withResolvers<void>();
    rounds.push(round);
    await round.promise;
    for (const { ask, resolve, reject } of asking) {
      if (ask === 4) reject(new Error("not four"));
      else resolve(ask * 10);
    }
  }, { most: 3, idle: () => idle++ });
  const until = async (count: number) => {
    while (rounds.length < count) await Promise.resolve();
  };
  const first = ask(1);
  await until(1);
  const later = [2, 3, 4, 5].map((n) => ask(n));
  const refused = assert.rejects(later[2]!, /not four/);
  rounds[0]!.resolve();
  assert.equal(await first, 10);
  await until(2);
  rounds[1]!.resolve();
  await refused;
  await until(3);
  rounds[2]!.resolve();
  assert.deepEqual(await Promise.all([later[0], later[1], later[3]]), [20, 30, 50]);
  assert.deepEqual(seen, [[1], [2, 3, 4], [5]]);
  while (!idle) await Promise.resolve();
  const again = ask(6);
  await until(4);
  rounds[3]!.resolve();
  assert.equal(await again, 60);
});

Deno.test("where the question itself fails, all who asked it hear why, and the next are answered", async () => {
  let broken = true;
  const ask = together<string, string>((asking) => {
    if (broken) return Promise.reject(new Error("away"));
    for (const { ask, resolve } of asking) if (ask !== "left") resolve(ask);
    return Promise.resolve();
  }, { most: 10 });
  const both = await Promise.allSettled([ask("a"), ask("b")]);
  assert.deepEqual(both.map((each) => each.status), ["rejected", "rejected"]);
  broken = false;
  assert.equal(await ask("c"), "c");
  await assert.rejects(ask("left"), /not answered/);
});

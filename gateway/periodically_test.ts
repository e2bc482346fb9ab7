import assert from "node:assert/strict";
import { createLog } from "./http/mod.ts";
import { periodically } from "./periodically.ts";

Deno.test("rounds come one at a time, also after one that failed, and the end waits for the one under way", async () => {
  const lines: string[] = [];
  const log = createLog({ terminal: false, write: (line) => lines.push(line) });
  const began: PromiseWithResolvers<void>[] = Array.from({ length: 3 }, () => Promise.withResolvers());
  const first = Promise.withResolvers<void>();
  let [rounds, atOnce, most] = [0, 0, 0];
  const work = periodically(
    { closing: new AbortController().signal, log },
    { everyMs: 5, sorry: "Not this time" },
    async () => {
      most = Math.max(most, ++atOnce);
      began[rounds++]?.resolve();
      if (rounds === 1) await first.promise;
      atOnce--;
      if (rounds === 2) throw new Error("the second fails");
    },
  );
  await began[0]!.promise;
  // Longer than its period: those that were due meanwhile are left out.
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(rounds, 1);
  first.resolve();
  await began[2]!.promise;
  await work[Symbol.asyncDispose]();
  assert.deepEqual([most, atOnce], [1, 0]);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /Not this time/);
});

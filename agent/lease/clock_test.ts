import assert from "node:assert/strict";
import { eventually, startTestAgent, testSpec } from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";

/** The machine's clock, as another hour than it is, until it is disposed of. */
function setClock(byMs: number): Disposable {
  const real = Date.now;
  Date.now = () => real() + byMs;
  return { [Symbol.dispose]: () => Date.now = real };
}

Deno.test("a clock that is set back or forward by hours keeps no heartbeat and no word to stop from coming", async () => {
  await using gateway = openTestGateway();
  let running = 0;
  const executor = {
    run: (_: unknown, { signal }: { signal: AbortSignal }) => {
      running++;
      return new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
  };
  await using _agent = startTestAgent(gateway, await Deno.makeTempDir(), executor);
  for (const byMs of [-6 * 3_600_000, 6 * 3_600_000]) {
    const job = gateway.add(testSpec());
    await eventually("it works", () => running > 0);
    using _clock = setClock(byMs);
    const heard = gateway.heartbeats.length;
    await gateway.until("it goes on speaking", () => gateway.heartbeats.length > heard + 3);
    // The heartbeats' own word would come later.
    job.cancel = true;
    await gateway.until("it hears of the cancel", () => job.state === "cancelled");
    assert.equal(job.failed.length, 1);
    running = 0;
  }
});

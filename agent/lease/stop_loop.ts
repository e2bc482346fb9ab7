import { backoffMs, GATEWAY_BACKOFF } from "./backoff.ts";
import { GatewayError } from "./client.ts";
import { JobFailure } from "./executor.ts";
import { type AgentState, changeOrTimeout } from "./state.ts";
import { fail } from "./work.ts";

/** A gateway that answers at once with nothing is not asked without a pause. */
const LEAST_MS = 250;

/**
 * While something runs, a request waits at the gateway for the word to stop it, so that a cancel is a matter of milliseconds. What
 * goes wrong here is no trouble: the next heartbeat says the same. Rejects with GatewayError `unauthenticated`.
 */
export async function stopLoop(state: AgentState): Promise<void> {
  const { options, running } = state;
  const { signal } = state.over;
  let failures = 0;
  while (!signal.aborted) {
    if (![...running.values()].some(({ stop }) => !stop.signal.aborted)) {
      await changeOrTimeout(state.changed, 5_000, signal);
      continue;
    }
    const asked = performance.now();
    try {
      const { leases } = await options.client.stops({ boot_id: state.bootId }, signal);
      for (const lease of leases) {
        const job = running.get(lease);
        if (job && !job.stop.signal.aborted) fail(job, new JobFailure("cancelled", "It was cancelled."));
      }
      failures = 0;
    } catch (error) {
      // An older gateway has no such place.
      if (signal.aborted || (error instanceof GatewayError && error.refusal === "refused")) return;
      // Removed from the studio: no heartbeat is waited for.
      if (!(error instanceof GatewayError) || error.refusal === "unauthenticated") throw error;
      await changeOrTimeout(
        new EventTarget(),
        backoffMs(++failures + 3, options.backoff ?? GATEWAY_BACKOFF),
        signal,
      );
    }
    const soon = asked + LEAST_MS - performance.now();
    if (soon > 0) await changeOrTimeout(new EventTarget(), soon, signal);
  }
}

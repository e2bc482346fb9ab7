import type { Studio } from "./studio.ts";

export interface Period {
  /** Milliseconds from one round to the next, give or take a tenth, so that gateways do not meet. */
  everyMs: number;
  /** For the log, when a round fails; the next comes all the same. */
  sorry: string;
}

/**
 * Does something again and again until it is disposed of, which waits for the round that is under way. One round at a time: one that takes
 * longer than its period leaves the next ones out, and does not have them wait for it one behind the other.
 */
export function periodically(
  { closing, log }: Pick<Studio, "closing" | "log">,
  { everyMs, sorry }: Period,
  round: () => Promise<void>,
): AsyncDisposable {
  let running: Promise<void> | null = null;
  const once = async () => {
    try {
      await round();
    } catch (error) {
      if (!closing.aborted) log.warn(sorry, { error });
    } finally {
      running = null;
    }
  };
  const timer = setInterval(() => {
    if (!closing.aborted) running ??= once();
  }, everyMs * (0.9 + 0.2 * Math.random()));
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

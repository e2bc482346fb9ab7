import type { Studio } from "../studio.ts";

/** Looks every quarter of a minute for checks that nobody goes on with: their gateway died, their job failed, a machine came. */
export function startChecks(studio: Studio, { everyMs = 15_000 } = {}): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  const once = async () => {
    if (studio.closing.aborted) return;
    try {
      await studio.checks.advanceAll();
    } catch (error) {
      if (!studio.closing.aborted) {
        studio.log.warn("Spot checks could not be looked at; the next look does", { error });
      }
    }
  };
  const timer = setInterval(() => running = running.then(once), everyMs * (0.8 + 0.4 * Math.random()));
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

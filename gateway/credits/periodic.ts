import type { Studio } from "../studio.ts";
import { projectEarnings, studiosThatEarn } from "./earn.ts";

/** Reads the ledger of usage for credits every minute or so; whoever looks at their own reads it at once. */
export function startCredits(studio: Studio, { everyMs = 60_000 } = {}): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  const once = async () => {
    try {
      for (const tenantId of await studiosThatEarn(studio.db.sql)) {
        if (studio.closing.aborted) return;
        await projectEarnings(studio.db.sql, tenantId);
      }
    } catch (error) {
      if (!studio.closing.aborted) {
        studio.log.warn("Credits could not be counted; they are with the next look", { error });
      }
    }
  };
  const timer = setInterval(() => running = running.then(once), everyMs * (0.9 + 0.2 * Math.random()));
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}

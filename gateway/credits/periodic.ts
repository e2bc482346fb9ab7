import { periodically } from "../periodically.ts";
import type { Studio } from "../studio.ts";
import { projectEarnings, studiosThatEarn } from "./earn.ts";

/** Reads the ledger of usage for credits every minute or so; whoever looks at their own reads it at once. */
export function startCredits(studio: Studio, { everyMs = 60_000 } = {}): AsyncDisposable {
  const { db: { sql }, closing } = studio;
  const sorry = "Credits could not be counted; they are with the next look";
  return periodically(studio, { everyMs, sorry }, async () => {
    for (const tenantId of await studiosThatEarn(sql)) {
      if (closing.aborted) return;
      await projectEarnings(sql, tenantId);
    }
  });
}

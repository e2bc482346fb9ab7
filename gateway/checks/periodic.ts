import { periodically } from "../periodically.ts";
import type { Studio } from "../studio.ts";

/** Looks every quarter of a minute for checks that nobody goes on with: their gateway died, their job failed, a machine came. */
export function startChecks(studio: Studio, { everyMs = 15_000 } = {}): AsyncDisposable {
  const sorry = "Spot checks could not be looked at; the next look does";
  return periodically(studio, { everyMs, sorry }, () => studio.checks.advanceAll());
}

import { periodically } from "../periodically.ts";
import type { Studio } from "../studio.ts";
import { tidyAll } from "./tidy.ts";

/** Looks every quarter of a minute for checks that nobody goes on with: their gateway died, their job failed, a machine came. */
export function startChecks(studio: Studio, { everyMs = 15_000 } = {}): AsyncDisposable {
  const sorry = "Spot checks could not be looked at; the next look does";
  return periodically(studio, { everyMs, sorry }, () => studio.checks.advanceAll());
}

/** Looks every ten minutes for what checks have left behind that are long over. */
export function startTidying(studio: Studio, { everyMs = 600_000 } = {}): AsyncDisposable {
  const sorry = "What spot checks have left in the stores could not be cleared away; the next look does";
  return periodically(studio, { everyMs, sorry }, () => tidyAll(studio));
}

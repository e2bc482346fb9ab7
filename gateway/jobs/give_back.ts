import { ProblemError } from "../../shared/http/problem.ts";
import type { Studio } from "../studio.ts";
import type { Fresh } from "./insert.ts";

/**
 * The numbers of takes that came to nothing, as a second request of the same name does: their shots get them back, so that the next take
 * follows the last that there is. `asks`: the jobs of each, in the order in which they were given numbers.
 */
export async function giveBack({ db, takes, log }: Studio, asks: readonly Fresh[][]): Promise<void> {
  try {
    for (const jobs of asks.toReversed()) {
      const numbers = jobs.flatMap(({ job: { take } }) => take ? [take] : []);
      if (jobs[0]) await takes.giveBack(db.sql, jobs[0].project, numbers);
    }
  } catch (error) {
    log.debug("The numbers of takes that came to nothing stay used", { error });
  }
}

/** The database refused the statement. What else went wrong (a connection that broke) may have come after its commit. */
export function isRefused(error: unknown): boolean {
  return error instanceof ProblemError || (error as { severity?: string }).severity === "ERROR";
}

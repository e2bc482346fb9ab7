import { ProblemError } from "../../shared/http/problem.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { insertJobs, type KeyedJob } from "./insert.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";

/**
 * insertJobs() of takes whose numbers were reserved in a statement of their own: should it come to nothing, as a second request of the same
 * name does, the shot gets them back, and its next take follows the last that there is.
 */
export async function insertOrGiveBack(
  { studio }: Room,
  project: ProjectRow,
  jobs: KeyedJob[],
): Promise<JobRow[]> {
  try {
    return await insertJobs(studio.db.sql, project, jobs);
  } catch (error) {
    if (isSaid(error)) {
      const numbers = jobs.flatMap(({ job: { take } }) => take ? [take] : []);
      await studio.takes.giveBack(studio.db.sql, project, numbers).catch((cause) =>
        studio.log.debug("The numbers of takes that came to nothing stay used", { error: cause })
      );
    }
    throw error;
  }
}

/** The database refused the statement. What else went wrong (a connection that broke) may have come after its commit. */
function isSaid(error: unknown): boolean {
  return error instanceof ProblemError || (error as { severity?: string }).severity === "ERROR";
}

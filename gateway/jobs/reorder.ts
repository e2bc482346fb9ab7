import { ProblemError } from "../../shared/http/problem.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";
import { announce, type Moved, tell } from "./state_machine.ts";

/** What a job's place in its lane is made of; jobs that have the same go by id. */
type Place = Pick<JobRow, "priority" | "fair_key">;

/**
 * Puts a waiting job before another of the same project, or last (`before` null). The jobs of a lane (pool and capability) exchange the
 * places that they have there, so that to other projects nothing changes.
 */
export async function placeBefore(
  room: Room,
  project: ProjectRow,
  jobId: string,
  before: string | null,
): Promise<JobRow> {
  const { job, moves } = await room.studio.db.sql.begin(async (tx) => {
    const queue = await tx<JobRow[]>`
      select * from jobs where project_id = ${project.id} and state = 'queued' and check_id is null
      order by priority desc, fair_key, id for update`;
    const named = (id: string) => queue.find((each) => each.id === id);
    const job = named(jobId);
    if (!job) {
      throw new ProblemError(
        "conflict",
        "This job is not waiting any more, so it has no place in the queue.",
      );
    }
    if (before !== null && !named(before)) {
      throw new ProblemError("conflict", "The job that it should come before is not waiting any more.");
    }
    if (before === jobId) return { job, moves: [] };
    const rest = queue.filter((each) => each !== job);
    rest.splice(before === null ? rest.length : rest.findIndex((each) => each.id === before), 0, job);
    const inLane = (each: JobRow) => each.pool === job.pool && each.capability === job.capability;
    const places = queue.filter(inLane).map(({ priority, fair_key }) => ({ priority, fair_key }));
    const moves: Moved[] = [];
    let last: (Place & { id: string }) | null = null;
    for (const [index, each] of rest.filter(inLane).entries()) {
      const place = after(last, places[index]!, each.id);
      last = { ...place, id: each.id };
      if (place.priority === each.priority && place.fair_key === each.fair_key) continue;
      const [row] = await tx<JobRow[]>`
        update jobs set priority = ${place.priority}, fair_key = ${place.fair_key} where id = ${each.id} returning *`;
      moves.push({ job: row!, previous: each.state });
    }
    const next = before === null ? null : named(before)!;
    await tell(tx, job, {
      kind: "priority",
      sentence: next ? `It was put before "${next.title}".` : "It was put last.",
    });
    return { job: moves.find((each) => each.job.id === jobId)?.job ?? job, moves };
  }) as { job: JobRow; moves: Moved[] };
  await announce(room, moves);
  return job;
}

/** The place, or the nearest one that comes after the last. */
function after(last: (Place & { id: string }) | null, place: Place, id: string): Place {
  if (!last || place.priority < last.priority) return place;
  const least = last.fair_key + (id > last.id ? 0 : 1);
  return { priority: last.priority, fair_key: Math.max(place.fair_key, least) };
}

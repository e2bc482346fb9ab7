import { ProblemError } from "../../shared/http/problem.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "./mod.ts";
import { move, type Moved } from "./state_machine.ts";

/** Locks the needed jobs; whether any has still to succeed. ProblemError when one is missing or can't succeed any more. */
export async function mustWait(tx: Tx, projectId: string, needs: string[]): Promise<boolean> {
  const ids = [...new Set(needs)];
  if (!ids.length) return false;
  const rows = await tx<Pick<JobRow, "id" | "state" | "title">[]>`
    select id, state, title from jobs where id = any(${ids}::uuid[]) and project_id = ${projectId}
    order by id for share`;
  if (rows.length < ids.length) {
    throw new ProblemError("not_found", "One of the jobs it needs is not in this project.");
  }
  const dead = rows.find((row) => row.state === "failed" || row.state === "cancelled");
  if (dead) {
    throw new ProblemError("conflict", `It needs "${dead.title}", which is ${dead.state}; retry that first.`);
  }
  return rows.some((row) => row.state !== "succeeded");
}

/** Jobs that have not succeeded among those that `jobId` needs. */
export async function openNeeds(tx: Tx, jobId: string): Promise<Pick<JobRow, "id" | "title" | "state">[]> {
  return await tx<Pick<JobRow, "id" | "title" | "state">[]>`
    select j.id, j.title, j.state from job_dependencies d join jobs j on j.id = d.needs
    where d.job_id = ${jobId} and j.state <> 'succeeded' order by j.id`;
}

/**
 * After a job ended, in the same transaction: those that needed it are queued when nothing else is missing, or cancelled, and
 * with them what needed those.
 */
export async function followUp(tx: Tx, { job: ended, needed }: Moved): Promise<Moved[]> {
  if (needed === false) return [];
  const dependents = await tx<JobRow[]>`
    select j.* from jobs j join job_dependencies d on d.job_id = j.id
    where d.needs = ${ended.id} and j.state = 'blocked' order by j.id for update of j`;
  const moves: Moved[] = [];
  for (const job of dependents) {
    if (ended.state === "succeeded") {
      // A statement of its own: it sees what others committed while this row was waited for.
      if ((await openNeeds(tx, job.id)).length) continue;
      moves.push(
        await move(tx, job, {
          happening: "unblock",
          sentence: "Everything it needs is there; it is queued.",
        }),
      );
      continue;
    }
    const cancelled = await move(tx, job, {
      happening: "cancel",
      sentence: `Cancelled: it needs "${ended.title}", which ${
        ended.state === "failed" ? "failed" : "was cancelled"
      }.`,
      endGrant: true,
    });
    moves.push(cancelled, ...await followUp(tx, cancelled));
  }
  return moves;
}

import type { AgentRow } from "../agents/mod.ts";
import { othersCan } from "./fleet.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";
import type { Moved } from "./state_machine.ts";

/**
 * A retry prefers another agent only while there is one. Asked when a job is queued again and when it has rested, after the
 * transaction, so that a poll needs to know nothing of other agents: where nobody else could do it, whoever failed it may
 * try again.
 */
export async function lettingBack(room: Room, moves: Moved[]): Promise<Moved[]> {
  const { studio } = room;
  const rosters = new Map<string, AgentRow[]>();
  const alone: JobRow[] = [];
  for (const { job } of moves) {
    if (job.state !== "queued" || !job.avoid.length) continue;
    const roster = rosters.get(job.tenant_id) ?? await studio.agents.roster(job.tenant_id);
    rosters.set(job.tenant_id, roster);
    if (!othersCan(roster, job, job.avoid)) alone.push(job);
  }
  if (!alone.length) return moves;
  await studio.db.sql`
    update jobs set avoid = '{}' where id = any(${alone.map((job) => job.id)}::uuid[]) and state = 'queued'`;
  return moves.map((each) => alone.includes(each.job) ? { ...each, job: { ...each.job, avoid: [] } } : each);
}

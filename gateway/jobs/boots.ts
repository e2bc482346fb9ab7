import { settle } from "../credits/mod.ts";
import type { Tx } from "../db/mod.ts";
import { followUp } from "./dependencies.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";
import { announce, move, type Moved } from "./state_machine.ts";

/**
 * A new process of an agent: what its earlier ones held is queued again at once and keeps its attempt. The grants stay the latest:
 * a render that the old process had finished can still be reported by the new one. What was to be cancelled is, with all that hangs on it.
 */
export async function freeOtherBoots(room: Room, agentId: string, bootId: string): Promise<void> {
  const moves = await room.studio.db.sql.begin(async (tx) => {
    const moves: Moved[] = [];
    for (const job of await free(tx, agentId, bootId)) {
      const moved: Moved = { job, previous: "leased" };
      moves.push(moved);
      if (job.state !== "cancelled") continue;
      if (job.credits !== null) await settle(tx, job, false);
      moves.push(...await followUp(tx, moved));
    }
    return moves;
  }) as Moved[];
  await announce(room, moves);
}

async function free(tx: Tx, agentId: string, bootId: string): Promise<JobRow[]> {
  return await tx<JobRow[]>`
    with freed as (
      update jobs set lease_until = null, run_after = now(), attempt = greatest(0, attempt - 1),
        state = case when cancel_requested_at is null then 'queued' else 'cancelled' end,
        lease_token = lease_token + case when cancel_requested_at is null then 0 else 1 end,
        finished_at = case when cancel_requested_at is null then null else now() end
      where lease_agent = ${agentId} and state = 'leased' and lease_boot is distinct from ${bootId}::uuid
      returning *
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id, case state when 'queued' then 'lose' else 'cancel' end,
        case state when 'queued' then 'The agent was restarted; it is queued again.' else 'Cancelled; the agent was restarted.' end,
        jsonb_build_object('from', 'leased', 'to', state)
      from freed
    )
    select * from freed`;
}

/** The machine lives, but nothing that it makes is wanted: its work is queued again without using up an attempt, and its grants end. */
export async function takeAway(room: Room, agentId: string, why: string): Promise<void> {
  const moves = await room.studio.db.sql.begin(async (tx) => {
    const jobs = await tx<JobRow[]>`
      select * from jobs where lease_agent = ${agentId} and state = 'leased' order by id for update`;
    const moves: Moved[] = [];
    for (const job of jobs) {
      const cancelled = job.cancel_requested_at !== null;
      const moved = await move(tx, job, {
        happening: cancelled ? "cancel" : "hand_back",
        sentence: cancelled ? "Cancelled." : `${why}; it is queued again for another machine.`,
        set: cancelled ? {} : { attempt: Math.max(0, job.attempt - 1) },
        endGrant: true,
      });
      moves.push(moved, ...await followUp(tx, moved));
    }
    return moves;
  }) as Moved[];
  room.stops.tell(agentId);
  await announce(room, moves);
}

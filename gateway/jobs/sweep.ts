import type { JobRow } from "./mod.ts";
import type { JobState } from "../../shared/jobs/job.ts";
import { settle } from "../credits/mod.ts";
import type { Tx } from "../db/mod.ts";
import { followUp } from "./dependencies.ts";
import { fitLanes } from "./lane_fits.ts";
import { lowerWaiting } from "./lower.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import type { Room } from "./room.ts";
import { lettingBack } from "./stand_back.ts";
import { announce, type Moved } from "./state_machine.ts";
import { isFinal } from "./transitions.ts";

/** Any fixed number: one gateway sweeps at a time. */
const SWEEP_LOCK = 7_305_119;

type Swept = JobRow & { was: JobState; told: string; becomes: JobState; agent: string; overtime: boolean };

/**
 * Ends in one statement what no longer lives, so that nothing is judged by an old snapshot, and wakes what has rested.
 *
 * - cancel requested and the lease ran out: cancelled
 * - the lease ran out: queued again, preferring another agent, or failed when its attempts are used up. The grant stays the latest:
 *   until somebody else gets the job, whoever had it may deliver or take it up again.
 * - past `max_run_s`: the attempt is given up, and its grant with it, even if the agent lives
 * - a retry whose time has come: into the queue's index
 *
 * And looks at which cards fit what is queued best, as the fleet is now; what only a lower tier was there for, for too long, is queued lower.
 *
 * `spare`: only that last one.
 */
export async function sweep(room: Room, options: { spare?: boolean } = {}): Promise<number> {
  const { studio } = room;
  const swept = await studio.db.sql.begin(async (tx) => {
    const [lock] = await tx<{ got: boolean }[]>`select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as got`;
    if (!lock!.got) return null;
    const rows = options.spare ? [] : await endDead(tx);
    const moves: Moved[] = [];
    const notices: { job: JobRow; notices: NoticeView[] }[] = [];
    for (const job of await wakeRested(tx)) moves.push({ job, previous: job.state });
    for (const { was, told, becomes: _b, agent: _a, overtime: _o, ...job } of rows) {
      moves.push({ job, previous: was });
      if (job.credits !== null && isFinal(job.state)) await settle(tx, job, false);
      if (job.state === "failed" && job.check_id === null) {
        notices.push({ job, notices: [await notice(tx, job, "broken", `${job.title}: ${told}`)] });
      }
      if (job.state !== "queued") moves.push(...await followUp(tx, { job, previous: was }));
    }
    return { moves, notices, count: moves.length };
  }) as { moves: Moved[]; notices: { job: JobRow; notices: NoticeView[] }[]; count: number } | null;
  if (!swept) return 0;
  const short = await fitLanes(room);
  await announce(room, await lettingBack(room, swept.moves));
  for (const each of swept.notices) publishNotices(studio, each.job, each.notices);
  if (!options.spare) await lowerWaiting(room, short);
  return swept.count;
}

async function endDead(tx: Tx): Promise<Swept[]> {
  return await tx<Swept[]>`
    with dead as (
      select j.id, j.state as was, coalesce(a.name, 'The agent') as agent,
        j.started_at + j.max_run_s * interval '1 second' < now() as overtime,
        case
          when j.cancel_requested_at is not null then 'cancelled'
          when j.attempt >= j.max_attempts then 'failed'
          else 'queued' end as becomes
      from jobs j left join agents a on a.id = j.lease_agent
      where j.state = 'leased'
        and (j.lease_until < now() or j.started_at + j.max_run_s * interval '1 second' < now())
      order by j.id limit 1000 for update of j skip locked
    ),
    ended as (
      update jobs j set state = becomes, lease_until = null, run_after = now(),
        lease_token = j.lease_token + case when overtime or becomes = 'cancelled' then 1 else 0 end,
        finished_at = case when becomes = 'queued' then null else now() end,
        avoid = case when j.avoid @> array[j.lease_agent] then j.avoid else j.avoid || j.lease_agent end,
        error = case when becomes = 'cancelled' then null else jsonb_build_object(
          'class', case when overtime then 'timeout' else 'transient' end,
          'message', case when overtime
            then agent || ' worked on it for more than ' || j.max_run_s / 60 || ' minutes.'
            else agent || ' was not heard from any more.' end) end
      from dead where j.id = dead.id
      returning j.*, dead.was, dead.becomes, dead.agent, dead.overtime
    ),
    said as (
      select *, case
          when becomes = 'cancelled' then 'Cancelled; ' || agent || ' was not heard from any more.'
          when becomes = 'failed' then (error->>'message') || ' That was attempt ' || attempt || ' of ' || max_attempts
            || '; retry it when the cause is gone.'
          else (error->>'message') || ' It is queued again.' end as told
      from ended
    ),
    story as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id,
        case becomes when 'queued' then 'lose' when 'failed' then 'fail' else 'cancel' end, told,
        jsonb_build_object('from', was, 'to', becomes)
      from said
    )
    select * from said`;
}

/** Retries whose time has come go into the queue's index. */
async function wakeRested(tx: Tx): Promise<JobRow[]> {
  return await tx<JobRow[]>`
    update jobs set resting = false
    where id in (select id from jobs where resting and run_after <= now() limit 5000 for update skip locked)
    returning *`;
}

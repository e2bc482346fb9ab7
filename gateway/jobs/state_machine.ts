import { ProblemError } from "../../shared/http/problem.ts";
import type { JobState } from "../../shared/jobs/job.ts";
import { settle } from "../credits/mod.ts";
import type { Querier, Tx } from "../db/mod.ts";
import { fitNewLanes } from "./lane_fits.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";
import { takeTurns } from "./turns.ts";
import { type Happening, isFinal, next } from "./transitions.ts";
import { type JobView, viewJobs } from "./view.ts";

/** A job after a change, and the state it had; to be told once the transaction is through. */
export interface Moved {
  job: JobRow;
  previous: JobState | null;
  /** Other jobs need it. */
  needed?: boolean;
}

export interface Move {
  happening: Happening;
  /** For people; goes into the job's story. */
  sentence: string;
  /** Columns that change with the state. */
  set?: Partial<
    Pick<
      JobRow,
      | "tier"
      | "fallback"
      | "capability"
      | "vram_mb"
      | "ram_mb"
      | "disk_mb"
      | "fit"
      | "attempt"
      | "avoid"
      | "oom_retries"
      | "spec"
      | "cost_s"
      | "fair_key"
      | "credits"
      | "credits_of"
      | "error"
      | "cancel_requested_at"
    >
  >;
  /** Seconds until it may be taken. */
  restS?: number;
  /** Nothing that comes under the present grant counts any more. */
  endGrant?: boolean;
  data?: Record<string, unknown>;
}

/**
 * The one place where one job changes state: persists it and writes its sentence, in the caller's transaction. `job` is the row
 * as locked in this transaction ({@link lockJob}). The caller tells screens with {@link announce} after the commit.
 *
 * Throws ProblemError conflict when that can't happen in this state.
 */
export async function move(tx: Tx, job: JobRow, { happening, sentence, ...more }: Move): Promise<Moved> {
  const state = next(job.state, happening);
  if (!state) {
    throw new ProblemError("conflict", `"${job.title}" is ${job.state}; that cannot be done with it now.`);
  }
  const { spec, error, ...plain } = more.set ?? {};
  const columns = {
    ...plain,
    ...(spec ? { spec: tx.json(spec as never) } : {}),
    ...(error !== undefined ? { error: error && tx.json(error as never) } : {}),
    state,
    lease_until: null,
    resting: state === "queued" && (more.restS ?? 0) > 0,
    lease_token: job.lease_token + (more.endGrant ? 1 : 0),
  };
  const data = { from: job.state, to: state, ...more.data };
  const [moved] = await tx<(JobRow & { needed: boolean })[]>`
    with moved as (
      update jobs set ${tx(columns as never)},
        run_after = now() + ${more.restS ?? 0}::float8 * interval '1 second',
        finished_at = case when ${isFinal(state)}::boolean then now() end
      where id = ${job.id} and state = ${job.state} and lease_token = ${job.lease_token}
      returning *
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id, ${happening}, ${sentence}, ${tx.json(data as never)} from moved
    )
    select moved.*, exists (select 1 from job_dependencies d where d.needs = moved.id) as needed from moved`;
  if (!moved) throw new Error(`Job ${job.id} was changed while it was locked`);
  const { needed, ...row } = moved;
  if (job.credits !== null && isFinal(state)) await settle(tx, job, state === "succeeded");
  return { job: row, previous: job.state, needed };
}

/** A line in the story of a job. */
export async function tell(
  q: Querier,
  job: Pick<JobRow, "id" | "tenant_id" | "project_id">,
  line: { kind: string; sentence: string; data?: Record<string, unknown> },
): Promise<void> {
  await q`insert into job_events (tenant_id, project_id, job_id, kind, sentence, data) values
    (${job.tenant_id}, ${job.project_id}, ${job.id}, ${line.kind}, ${line.sentence},
     ${line.data ? q.json(line.data as never) : null})`;
}

/** The row, locked until the transaction ends; null when there is none. */
export async function lockJob(tx: Tx, jobId: string): Promise<JobRow | null> {
  const [row] = await tx<JobRow[]>`select * from jobs where id = ${jobId} for update`;
  return row ?? null;
}

/**
 * Broadcasts old and new state, and wakes a waiter for each job that can be taken now. Never throws: it is done already. What screens were
 * told of each job, in the order of `moves` but for checks; null when they could not be.
 */
export async function announce(room: Room, moves: Moved[]): Promise<JobView[] | null> {
  try {
    await fitNewLanes(room, moves.map(({ job }) => job));
  } catch (error) {
    room.studio.log.warn("Could not look at which cards fit best; the sweeper does", { error });
  }
  for (const { job } of moves) {
    if (job.state !== "leased") room.progress.forget(job.id);
    if (job.state === "queued" && !job.resting) room.waiters.offer(job);
  }
  try {
    await takeTurns(room, moves);
  } catch (error) {
    room.studio.log.warn("Could not offer what the plan lets begin now; the next poll finds it", { error });
  }
  // A check is no film's, so none of its people see it.
  const shown = moves.filter(({ job }) => job.check_id === null);
  try {
    const views = await viewJobs(room, shown.map((each) => each.job));
    for (const [index, { job, previous }] of shown.entries()) {
      room.studio.events.publish(job.tenant_id, job.project_id, {
        type: "job",
        job: views[index]!,
        previous,
      });
    }
    return views;
  } catch (error) {
    room.studio.log.warn("Could not tell the screens about a job", { error });
    return null;
  }
}

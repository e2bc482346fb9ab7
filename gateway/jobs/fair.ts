import { PAID_SHARE, priceOf } from "../../shared/jobs/price.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { NewJob } from "./mod.ts";

/** Seconds that a job counts for when its runner has no estimate. */
const DEFAULT_COST_S = 60;

/** Seconds that a job counts for in the fair order. */
export function costOf({ cost_s }: Pick<NewJob, "cost_s">): number {
  return Math.max(1, Math.round(cost_s ?? DEFAULT_COST_S));
}

/** What a job counts for in the fair order, in seconds, and what an earlier place costs where one is bought, in thousandths of a credit. */
export function weightOf(
  job: Pick<NewJob, "cost_s" | "credits_of" | "tier">,
): { cost_s: number; credits: number | null } {
  const full = costOf(job);
  if (!job.credits_of || job.tier === null) return { cost_s: full, credits: null };
  return { cost_s: Math.max(1, Math.ceil(full * PAID_SHARE)), credits: priceOf(full, job.tier) };
}

/**
 * Fairness between projects is start-time fair queueing: a job's key is where its project stood in the lane, or the virtual time of
 * the lane if the project was idle there, plus the job's cost in seconds. The virtual time is the greatest key ever handed out in the lane, so
 * neither has an idle project saved up turns, nor does a job that nobody can take hold the clock.
 *
 * This is the key of a job that is there already and gets another turn; new ones get theirs as they are written (insert.ts).
 */
export async function nextFairKey(
  tx: Tx,
  project: ProjectRow,
  job: Pick<NewJob, "capability" | "priority" | "cost_s">,
): Promise<number> {
  const cost = costOf(job);
  const [fair] = await tx<{ key: number }[]>`
    with lane as (
      select coalesce((
        select fair_key from jobs
        where tenant_id = ${project.tenant_id} and capability = ${job.capability} and priority = ${job.priority}
          and lease_token > 0
        order by fair_key desc limit 1), 0) as clock
    )
    insert into fair_lanes as f (project_id, tenant_id, capability, priority, finish)
    select ${project.id}, ${project.tenant_id}, ${job.capability}, ${job.priority}::int, ${cost}::bigint + lane.clock from lane
    on conflict (project_id, capability, priority) do update
      set finish = greatest(excluded.finish, f.finish + ${cost}::bigint)
    returning finish as key`;
  return fair!.key;
}

/** A job that is to have a turn in its film's lane. */
export interface Turn {
  project: Pick<ProjectRow, "id" | "tenant_id">;
  job: Pick<NewJob, "capability" | "priority" | "cost_s" | "credits_of" | "tier" | "check_id">;
}

/** Where jobs of one film that ask for the same have their turns, one behind the other. */
export interface Lane {
  project: Turn["project"];
  capability: string;
  priority: number;
  ofCheck: boolean;
  /** Of all of them. */
  cost: number;
  /** Of those that have been given a turn. */
  given: number;
}

export function isIn({ project, capability, priority }: Lane, turn: Turn): boolean {
  return project.id === turn.project.id && capability === turn.job.capability &&
    priority === turn.job.priority;
}

export function laneRow({ project, capability, priority, cost, ofCheck }: Lane) {
  return {
    ...{ project_id: project.id, tenant_id: project.tenant_id },
    ...{ capability, priority, cost, of_check: ofCheck },
  };
}

export function lanesOf(turns: readonly Turn[]): Lane[] {
  const lanes: Lane[] = [];
  for (const each of turns) {
    const { project, job: { capability, priority, check_id } } = each;
    let lane = lanes.find((lane) => isIn(lane, each));
    if (!lane) {
      lane = { project, capability, priority, ofCheck: check_id !== undefined, cost: 0, given: 0 };
      lanes.push(lane);
    }
    lane.cost += weightOf(each.job).cost_s;
  }
  return lanes;
}

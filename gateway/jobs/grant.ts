import { ProblemError } from "../../shared/http/problem.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { JobRow } from "./mod.ts";
import { lockJob } from "./state_machine.ts";

/** Names one grant of one job: `<job id>.<lease counter>`. */
export interface Grant {
  jobId: string;
  token: number;
}

export function grantOf(lease: string): Grant {
  const dot = lease.lastIndexOf(".");
  return { jobId: lease.slice(0, dot), token: Number(lease.slice(dot + 1)) };
}

export function leaseIdOf(job: Pick<JobRow, "id" | "lease_token">): string {
  return `${job.id}.${job.lease_token}`;
}

export function leaseLost(): ProblemError {
  return new ProblemError(
    "lease_lost",
    "This lease is over: the job was cancelled, finished, or given to somebody else. Stop and discard what it made.",
  );
}

/** The job behind a grant, locked, while the grant is its latest and was this agent's; else lease_lost. */
export async function lockGrant(tx: Tx, agentId: string, lease: string): Promise<JobRow> {
  const { jobId, token } = grantOf(lease);
  const job = await lockJob(tx, jobId);
  if (!job || job.lease_agent !== agentId || job.lease_token !== token) throw leaseLost();
  return job;
}

/** The grant is the job's latest and the job is not finished: its results may still be uploaded. */
export async function leaseHolds(q: Querier, jobId: string, leaseToken: number): Promise<boolean> {
  const [row] = await q`
    select 1 from jobs where id = ${jobId} and lease_token = ${leaseToken} and lease_token > 0
      and state in ('leased', 'queued')`;
  return row !== undefined;
}

import type { JobState } from "../../shared/jobs/job.ts";

/**
 * Everything that can happen to a job, and where it leads. Nothing else changes `jobs.state`: state_machine.ts for one job,
 * the set-based statements of lease.ts, heartbeat.ts and sweep.ts with the states they take from here.
 */
export const TRANSITIONS = {
  /** All jobs that it needs have succeeded. */
  unblock: { from: ["blocked"], to: "queued" },
  /** Granted to an agent. */
  lease: { from: ["queued"], to: "leased" },
  /** The lease ran out, or its process is gone; whoever had it may still deliver until somebody else gets it. */
  lose: { from: ["leased"], to: "queued" },
  /** The holder of a lease that ran out is heard from again, and nobody got it since. */
  revive: { from: ["queued"], to: "leased" },
  /** An attempt failed and another follows, perhaps a tier lower. */
  retry: { from: ["leased"], to: "queued" },
  /** Waited too long for a card of its tier; queued a tier lower. */
  lower: { from: ["queued"], to: "queued" },
  /** Handed back by an agent that drains. */
  hand_back: { from: ["leased"], to: "queued" },
  /** A finished render is never thrown away: late, but under the latest grant, it still counts. */
  succeed: { from: ["leased", "queued", "failed"], to: "succeeded" },
  fail: { from: ["leased"], to: "failed" },
  cancel: { from: ["blocked", "queued", "leased"], to: "cancelled" },
  /** Somebody asks for it once more. */
  again: { from: ["failed", "cancelled"], to: "queued" },
  /** The same, while what it needs has not succeeded. */
  again_blocked: { from: ["failed", "cancelled"], to: "blocked" },
} as const satisfies Record<string, { from: readonly JobState[]; to: JobState }>;

export type Happening = keyof typeof TRANSITIONS;

/** Where `happening` leads from `state`; null when it can't happen there. */
export function next(state: JobState, happening: Happening): JobState | null {
  const { from, to } = TRANSITIONS[happening];
  return (from as readonly JobState[]).includes(state) ? to : null;
}

export function isFinal(state: JobState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

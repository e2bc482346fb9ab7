import type { JobError } from "../../shared/jobs/job.ts";
import type { JobRow } from "./mod.ts";

/** What follows a failed attempt. */
export type Decision =
  | { then: "cancel"; sentence: string }
  | { then: "fail"; sentence: string }
  | {
    then: "retry";
    /** Seconds until it may be taken. */
    restS: number;
    sentence: string;
    /** The next attempt prefers another agent. */
    avoid: boolean;
    oom: boolean;
  }
  /** Out of memory again: a tier lower, if there is one that can hold it. */
  | { then: "fall"; sentence: string };

export interface Circumstances {
  /** "Tower 2" */
  agent: string;
  /** Seconds: the first pause; each further one is twice as long, a quarter less or more. */
  pauseS: number;
  /** Between 0 and 1. */
  random: number;
}

/**
 * What to do after an attempt, by the class of its error:
 *
 * | class | then |
 * | --- | --- |
 * | invalid | failed: it would fail everywhere |
 * | transient, timeout, agent | again after a jittered pause, elsewhere if possible, until the attempts are used up |
 * | oom | once more after the agent has freed its memory, then a tier lower |
 * | cancelled, or anything after a cancel | cancelled |
 */
export function decide(
  job: Pick<JobRow, "title" | "attempt" | "max_attempts" | "oom_retries" | "cancel_requested_at">,
  error: JobError,
  { agent, pauseS, random }: Circumstances,
): Decision {
  if (job.cancel_requested_at || error.class === "cancelled") {
    return { then: "cancel", sentence: `Cancelled; ${agent} has stopped.` };
  }
  if (error.class === "invalid") {
    return {
      then: "fail",
      sentence: `${agent} could not make it, and no other could: ${closed(error.message)}`,
    };
  }
  if (error.class === "oom") {
    return job.oom_retries === 0
      ? {
        then: "retry",
        restS: 0,
        avoid: false,
        oom: true,
        sentence: `${agent} ran out of memory; it frees what it holds, and it is tried once more.`,
      }
      : { then: "fall", sentence: `${agent} ran out of memory again.` };
  }
  const what = `${agent} ${error.class === "timeout" ? "took too long" : "failed"}: ${closed(error.message)}`;
  if (job.attempt >= job.max_attempts) {
    return {
      then: "fail",
      sentence:
        `${what} That was attempt ${job.attempt} of ${job.max_attempts}; retry it when the cause is gone.`,
    };
  }
  const restS = pause(job.attempt, pauseS, random);
  return {
    then: "retry",
    restS,
    avoid: true,
    oom: false,
    sentence: `${what} Tried again in ${Math.max(1, Math.round(restS))} s, on another agent if there is one.`,
  };
}

/** `base * 2^(attempt - 1)`, a quarter less or more, at most ten minutes. */
export function pause(attempt: number, baseS: number, random: number): number {
  return Math.min(600, baseS * 2 ** (attempt - 1) * (0.75 + random / 2));
}

/** One sentence with one full stop at its end. */
function closed(message: string): string {
  const text = message.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

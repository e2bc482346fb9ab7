import type { Progress } from "../../shared/jobs/job.ts";
import type { Studio } from "../studio.ts";

/** Milliseconds between two progress events of one job: a screen needs no more than ten a second. */
const PACE_MS = 100;
/** Milliseconds after which the progress of a job that is not heard of any more is dropped: it went on at another gateway. */
const STALE_MS = 600_000;
/** Jobs after which it is worth looking for stale ones. */
const MANY = 1000;

/** How far running jobs are. Only screens need it, so it lives in memory and never touches the job's row. */
export interface ProgressBoard extends Disposable {
  of(jobId: string): Progress | null;
  set(job: { id: string; tenant_id: string; project_id: string }, progress: Progress): void;
  forget(jobId: string): void;
}

interface Entry {
  progress: Progress;
  saidAt: number;
  timer?: ReturnType<typeof setTimeout>;
}

export function createProgressBoard(studio: Studio): ProgressBoard {
  const entries = new Map<string, Entry>();
  return {
    of: (jobId) => entries.get(jobId)?.progress ?? null,
    set(job, progress) {
      if (entries.size > MANY && !entries.has(job.id)) dropStale(entries);
      const entry = entries.get(job.id) ?? { progress, saidAt: -Infinity };
      entry.progress = progress;
      entries.set(job.id, entry);
      if (entry.timer !== undefined) return;
      const say = () => {
        entry.timer = undefined;
        entry.saidAt = performance.now();
        studio.events.publish(job.tenant_id, job.project_id, {
          type: "progress",
          job_id: job.id,
          progress: entry.progress,
        });
      };
      const wait = entry.saidAt + PACE_MS - performance.now();
      // The last word is always said, if a moment later.
      if (wait <= 0) say();
      else entry.timer = setTimeout(say, wait);
    },
    forget(jobId) {
      clearTimeout(entries.get(jobId)?.timer);
      entries.delete(jobId);
    },
    [Symbol.dispose]() {
      for (const { timer } of entries.values()) clearTimeout(timer);
      entries.clear();
    },
  };
}

function dropStale(entries: Map<string, Entry>): void {
  const now = performance.now();
  for (const [id, { saidAt, timer }] of entries) {
    if (timer === undefined && now - saidAt > STALE_MS) entries.delete(id);
  }
}

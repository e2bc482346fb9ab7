import type { Progress } from "../../shared/jobs/job.ts";
import type { Studio } from "../studio.ts";

/** Milliseconds between two progress events of one job: a screen needs no more than ten a second. */
const PACE_MS = 100;
/** Milliseconds after which the progress of a job that is not heard of any more is dropped: it went on at another gateway. */
const STALE_MS = 600_000;
/** Milliseconds that a grant is believed to hold since a heartbeat found it so; this gateway's own changes end that at once. */
const BELIEVED_MS = 1500;
/** Jobs after which it is worth looking for stale ones. */
const MANY = 1000;

/** How far running jobs are. Only screens need it, so it lives in memory and never touches the job's row. */
export interface ProgressBoard extends Disposable {
  of(jobId: string): Progress | null;
  /** `under`: the grant under which it was said, which holds. */
  set(job: Shown, progress: Progress, under: string): void;
  /**
   * Shows what is said under a grant that held a moment ago, before it is asked whether it still does: screens do not wait for the
   * database. Whoever asks then says so, by `set` with the same or by `lost`.
   */
  ahead(jobId: string, progress: Progress, under: string): void;
  /** That grant holds no more. */
  lost(jobId: string, under: string): void;
  forget(jobId: string): void;
}

type Shown = { id: string; tenant_id: string; project_id: string };

interface Entry {
  job: Shown;
  progress: Progress;
  saidAt: number;
  /** The grant, and when it was known to hold. */
  under: string;
  heldAt: number;
  timer?: ReturnType<typeof setTimeout>;
}

export function createProgressBoard(studio: Studio): ProgressBoard {
  const entries = new Map<string, Entry>();

  function show(entry: Entry, progress: Progress): void {
    // Shown ahead already.
    if (entry.progress === progress && entry.saidAt > -Infinity) return;
    entry.progress = progress;
    if (entry.timer !== undefined) return;
    const say = () => {
      entry.timer = undefined;
      entry.saidAt = performance.now();
      const { id, tenant_id, project_id } = entry.job;
      studio.events.publish(tenant_id, project_id, {
        type: "progress",
        job_id: id,
        progress: entry.progress,
      });
    };
    const wait = entry.saidAt + PACE_MS - performance.now();
    // The last word is always said, if a moment later.
    if (wait <= 0) say();
    else entry.timer = setTimeout(say, wait);
  }

  function forget(jobId: string): void {
    clearTimeout(entries.get(jobId)?.timer);
    entries.delete(jobId);
  }

  return {
    of: (jobId) => entries.get(jobId)?.progress ?? null,
    set({ id, tenant_id, project_id }, progress, under) {
      if (entries.size > MANY && !entries.has(id)) dropStale(entries);
      const job = { id, tenant_id, project_id };
      const entry = entries.get(id) ?? { job, progress, saidAt: -Infinity, under, heldAt: 0 };
      entry.under = under;
      entry.heldAt = performance.now();
      entries.set(id, entry);
      show(entry, progress);
    },
    ahead(jobId, progress, under) {
      const entry = entries.get(jobId);
      if (entry?.under === under && performance.now() - entry.heldAt < BELIEVED_MS) show(entry, progress);
    },
    lost(jobId, under) {
      if (entries.get(jobId)?.under === under) forget(jobId);
    },
    forget,
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

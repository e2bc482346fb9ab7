import type { z } from "zod";
import type { Job } from "../../../shared/jobs/job.ts";

export type JobView = z.infer<typeof Job>;

/** Failed jobs that are shown. */
const MOST_FAILED = 20;

export interface Queue {
  running: JobView[];
  /** In the order in which they come. */
  waiting: JobView[];
  blocked: JobView[];
  failed: JobView[];
}

export function queueOf(jobs: Iterable<JobView>): Queue {
  const by = Map.groupBy(jobs, (job) => job.state);
  const of = (state: JobView["state"]) => by.get(state) ?? [];
  const older = (a: JobView, b: JobView) => a.id < b.id ? -1 : 1;
  return {
    running: of("leased").sort(older),
    waiting: of("queued").sort((a, b) => b.priority - a.priority || a.order - b.order || older(a, b)),
    blocked: of("blocked").sort(older),
    failed: of("failed").sort(older).reverse().slice(0, MOST_FAILED),
  };
}

/** The job that another comes before when it is moved by so many places; undefined when it is there already. */
export function placeOf(waiting: readonly JobView[], id: string, by: number): string | null | undefined {
  const from = waiting.findIndex((job) => job.id === id);
  const to = Math.min(Math.max(0, from + by), waiting.length - 1);
  if (from < 0 || to === from) return undefined;
  return (to < from ? waiting[to] : waiting[to + 1])?.id ?? null;
}

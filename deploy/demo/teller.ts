import type { z } from "zod";
import type { Progress } from "../../shared/jobs/job.ts";
import type { JobView } from "./client.ts";

/** Tells a person what the demo does: a line per step, and one live line of what is being made. */
export interface Teller {
  step(sentence: string): void;
  notice(sentence: string): void;
  job(job: JobView): void;
  progress(jobId: string, progress: z.infer<typeof Progress>): void;
}

/** To `write`; `live` redraws one line in place, and needs a terminal. */
export function openTeller(write: (text: string) => void, live: boolean): Teller {
  const working = new Map<string, { title: string; progress: number; stage: string }>();
  const done = new Set<string>();
  let total = 0;
  const seen = new Set<string>();
  const clear = live ? "\r\x1b[2K" : "";
  const line = (text: string) => write(`${clear}${text}\n`);
  const redraw = () => {
    if (!live || working.size === 0) return;
    const each = [...working.values()].map((job) => `${job.title} ${bar(job.progress)} ${job.stage}`).join(
      "   ",
    );
    write(`${clear}  ${done.size}/${total}  ${each}`.slice(0, 200));
  };
  return {
    step: line,
    notice: (sentence) => line(`  ! ${sentence}`),
    job(job) {
      if (!seen.has(job.id)) total = seen.add(job.id).size;
      if (job.state === "leased") {
        if (!working.has(job.id)) working.set(job.id, { title: job.title, progress: 0, stage: "" });
      } else working.delete(job.id);
      if (job.state === "succeeded" && !done.has(job.id)) {
        done.add(job.id);
        line(`  ${job.take?.name ?? job.title} is made`);
      }
      redraw();
    },
    progress(id, { progress, stage }) {
      const job = working.get(id);
      if (job) Object.assign(job, { progress, stage });
      redraw();
    },
  };
}

function bar(progress: number): string {
  const full = Math.round(progress * 12);
  return "█".repeat(full) + "░".repeat(12 - full);
}

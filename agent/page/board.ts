import type { JobLine, Reporter } from "../lease/reporter.ts";
import { aged } from "../lease/seconds_left.ts";

/** What the agent says, kept for who looks later. */
export interface Board {
  reporter: Reporter;
  jobs(): (JobLine & { since: number })[];
  /** Why slots wait, and what is not as it should be. */
  waits(): { slot: string; sentence: string }[];
  troubles(): string[];
  /** The studio keeps the machine in quarantine; one of the troubles says why. */
  inQuarantine(): boolean;
  /** The latest sentences, newest first. */
  said(): { at: number; sentence: string }[];
  /** The latest picture of a job that is being made. */
  picture(job: string): Uint8Array<ArrayBuffer> | null;
  pictured(job: string, jpeg: Uint8Array): void;
}

const LATEST = 30;

/** Hands everything on to `to`, and remembers it. */
export function createBoard(to: Reporter): Board {
  const jobs = new Map<string, JobLine & { since: number; at: number }>();
  const waits = new Map<string, string>();
  const troubles = new Map<string, string>();
  const pictures = new Map<string, Uint8Array<ArrayBuffer>>();
  const said: { at: number; sentence: string }[] = [];
  const note = (sentence: string) => {
    if (said[0]?.sentence === sentence) return;
    said.unshift({ at: Date.now(), sentence });
    said.length = Math.min(said.length, LATEST);
  };
  return {
    reporter: {
      say(sentence) {
        note(sentence);
        to.say(sentence);
      },
      idle(slot, reasons, sentence) {
        waits.set(slot, sentence);
        to.idle(slot, reasons, sentence);
      },
      trouble(about, sentence) {
        if (troubles.get(about) !== sentence) note(sentence);
        troubles.set(about, sentence);
        to.trouble(about, sentence);
      },
      settled(about) {
        troubles.delete(about);
        to.settled(about);
      },
      job(line) {
        waits.delete(line.slot);
        const at = Date.now();
        jobs.set(line.job, { ...line, at, since: jobs.get(line.job)?.since ?? at });
        to.job(line);
      },
      ended(job, sentence) {
        jobs.delete(job);
        pictures.delete(job);
        note(sentence);
        to.ended(job, sentence);
      },
    },
    jobs: () =>
      [...jobs.values()].map(({ at, ...job }) => ({
        ...job,
        progress: aged(job.progress, Date.now() - at),
      })),
    waits: () => [...waits].map(([slot, sentence]) => ({ slot, sentence })),
    troubles: () => [...troubles.values()],
    inQuarantine: () => troubles.has("quarantine"),
    said: () => said,
    picture: (job) => pictures.get(job) ?? null,
    pictured: (job, jpeg) => void pictures.set(job, new Uint8Array(jpeg)),
  };
}

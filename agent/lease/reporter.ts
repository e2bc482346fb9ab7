import type { Progress } from "../../shared/jobs/job.ts";

/** A job as the terminal shows it. */
export interface JobLine {
  job: string;
  slot: string;
  title: string;
  project: string;
  progress: Progress;
}

/** Where the agent says what it does: the terminal, or a list in tests. */
export interface Reporter {
  say(sentence: string): void;
  /** Why a slot waits; said again only when the reasons are others. */
  idle(slot: string, reasons: string, sentence: string): void;
  /** Something is not as it should be, and the agent goes on. Said again only when it changes. */
  trouble(about: string, sentence: string): void;
  /** What `trouble` said about this is over. */
  settled(about: string): void;
  job(line: JobLine): void;
  ended(job: string, sentence: string): void;
}

export const SILENT: Reporter = { say() {}, idle() {}, trouble() {}, settled() {}, job() {}, ended() {} };

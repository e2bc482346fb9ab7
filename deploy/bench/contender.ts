import type { Sample } from "./measure.ts";

export interface Load {
  workers: number;
  /** Jobs of another kind, asked for more urgently, that stand before those that are done. */
  backlog: number;
}

/** A queue that fetches and ends jobs one by one. Its backlog is there when it is opened. */
export interface Contender extends AsyncDisposable {
  name: string;
  /** Puts so many jobs into the queue and lets all workers fetch and end them; only the latter is measured. */
  round(jobs: number): Promise<Sample>;
}

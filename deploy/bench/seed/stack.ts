/** Something that is asked for work, as the load client knows it. The paths are the same; bodies and tokens are each one's own. */
export interface Target {
  /** `http://127.0.0.1:…` */
  base: string;
  /** Of somebody who may ask for work. */
  token: string;
  /** Films whose work nobody takes: the queue only grows. */
  queued: { projects: string[]; body: unknown };
  /** Work that a worker takes at once and ends at once. */
  click: { project: string; body: unknown };
  /** Work that tells its progress, {@link EVENTS} times, {@link EVERY_MS} apart. */
  film: { project: string; body: unknown };
  /** Of people who look on: a socket each in turn. */
  screens: string[];
}

/** A stack that runs: ours or the seed's. */
export interface Stack extends AsyncDisposable {
  name: string;
  target: Target;
  /** Processes that answer requests. */
  api(): Promise<number[]>;
  /** Database, broker: everything beside them that must run before there is a worker. */
  beside(): Promise<number[]>;
  /** Jobs that wait in the films of `target.queued`. */
  waiting(): Promise<number>;
  /** One worker, which says on `stamps` (a port) when it has a job in hand: "<job> <milliseconds since 1970>". */
  openWorker(stamps: number): Promise<AsyncDisposable & { pids(): Promise<number[]> }>;
}

export const EVENTS = 40;
/** Above the 100 ms that our gateway leaves between two events of one job: each is told. */
export const EVERY_MS = 200;
export const FILMS = 8;
export const PROGRESS_PROMPT = `progress ${EVENTS} ${EVERY_MS}`;
export const CLICK_PROMPT = "The keeper trims the wick while the storm comes in over the bay";

/** Milliseconds since 1970 by a clock that is finer than one of them: every process of a machine reads the same. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

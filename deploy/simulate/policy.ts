import type { Card, Wish } from "./load.ts";

/** A wish with its place in the load, and as far as it has come. */
export interface Work extends Wish {
  nth: number;
  capability: string;
  /** The first attempt was made: its trouble is over. */
  tried: boolean;
}

/** Who gets what: the gateway, or the simplest there is. Time is told before each call. */
export interface Policy {
  name: string;
  at(second: number): void;
  /** Asked for at the same moment. */
  ask(works: Work[]): Promise<void>;
  /** The idle card to wake for it, of those that wait, the longest first. */
  wake(work: Work, waiting: Card[]): Card | null;
  /** What this free card gets now. */
  take(card: Card): Promise<Work | null>;
  succeed(card: Card, work: Work, seconds: number): Promise<void>;
  /** True when it is queued again at once, else after `restS` by {@link rested}. */
  fail(card: Card, work: Work, error: "transient" | "oom"): Promise<{ restS: number }>;
  /** The card goes away in the middle of it; it is queued again. */
  handBack(card: Card, work: Work): Promise<void>;
  rested(): Promise<void>;
  leave(card: Card): Promise<void>;
  come(card: Card): Promise<void>;
}

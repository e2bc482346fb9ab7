import type { JobRow, Taker } from "./mod.ts";
import { ownerAllows, takerFits } from "./fleet.ts";

/** A slot whose poll waits. */
export interface Waiter {
  taker: Taker;
  /** Ends the wait: look again, this may be for you. */
  wake(offer: Offer | null): void;
}

export type Offer =
  & Pick<
    JobRow,
    "tenant_id" | "pool" | "capability" | "runner" | "vram_mb" | "ram_mb" | "disk_mb"
  >
  & Partial<Pick<JobRow, "id" | "project_id" | "place">>;

/** Polls that wait at this gateway, and word to and from the other gateways. */
export interface Waiters extends AsyncDisposable {
  add(waiter: Waiter): Disposable;
  /** A job can be taken: wakes one slot that fits, here or, after a moment, at the other gateways. */
  offer(job: Offer): void;
  size(): number;
}

/** Of slots that wait, the one that a job wakes. */
export function wakes(waiting: readonly Taker[], offer: Offer): Taker | null {
  return choose(waiting.map((taker) => ({ taker, wake() {} })), offer)?.taker ?? null;
}

/** The one to wake: it has the model loaded, else the smallest card that does, else whoever waits longest. */
export function choose(waiting: Iterable<Waiter>, offer: Offer): Waiter | null {
  let best: Waiter | null = null;
  for (const waiter of waiting) {
    if (waiter.taker.tenant_id !== offer.tenant_id || !takerFits(waiter.taker, offer)) continue;
    if (!ownerAllows(waiter.taker, offer)) continue;
    if (!best || better(waiter.taker, best.taker, offer.capability)) best = waiter;
  }
  return best;
}

function better(a: Taker, b: Taker, capability: string): boolean {
  const loaded = Number(a.loaded.includes(capability)) - Number(b.loaded.includes(capability));
  return loaded !== 0 ? loaded > 0 : a.slot.vram_mb < b.slot.vram_mb;
}

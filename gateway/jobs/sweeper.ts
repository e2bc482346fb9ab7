import { cancelOldOfAll } from "./old_versions.ts";
import type { Room } from "./room.ts";
import { sweep } from "./sweep.ts";

/**
 * Sweeps every few seconds. After a start, and after the database was away, it first gives agents the time of one lease to be
 * heard from: when the gateway was down, nobody is blamed for a silence that was ours.
 */
export function startSweeper(room: Room): AsyncDisposable {
  const leaseMs = room.studio.config.leaseSeconds * 1000;
  const paceMs = Math.min(2000, leaseMs / 6);
  const stopped = new AbortController();
  const running = run();

  async function run(): Promise<void> {
    let seenAt = performance.now();
    let quietUntil = seenAt + leaseMs;
    let versionsSeen = false;
    while (await pause(paceMs, stopped.signal)) {
      try {
        const now = performance.now();
        if (now - seenAt > leaseMs / 2 + paceMs) quietUntil = now + leaseMs;
        await sweep(room, { spare: now < quietUntil });
        if (!versionsSeen) await cancelOldOfAll(room);
        versionsSeen = true;
        seenAt = performance.now();
      } catch (error) {
        if (!stopped.signal.aborted) {
          room.studio.log.warn("The sweeper could not reach the database", { error });
        }
      }
    }
  }

  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}

/** False when it was stopped. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const over = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => over.resolve(true), ms);
  signal.addEventListener("abort", () => over.resolve(false), { once: true });
  const went = await over.promise;
  clearTimeout(timer);
  return went;
}

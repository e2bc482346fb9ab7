import type { JobRow, Taker } from "./mod.ts";
import { release } from "./finish.ts";
import { takeJob } from "./lease.ts";
import { takeOffered } from "./lease_offered.ts";
import type { Room } from "./room.ts";
import type { Offer } from "./waiters.ts";

/**
 * Long poll: a job now, or the first that fits within about `waitS` seconds (a tenth less or more, so that a thousand agents
 * don't come back together), or null. Ends early when the agent hangs up or the gateway closes.
 */
export async function pollJob(
  room: Room,
  taker: Taker,
  waitS: number,
  signal: AbortSignal,
): Promise<JobRow | null> {
  const jittered = waitS * (0.9 + Math.random() * 0.2) * 1000;
  const deadline = performance.now() + jittered;
  const ended = AbortSignal.any([signal, room.studio.closing]);
  // The first look may miss a row that another poll had locked for a moment and then did not take; so there is a second soon.
  let recheck: number | null = 30 + Math.random() * 90;
  let offered: Offer | null = null;
  while (!ended.aborted) {
    const woken = Promise.withResolvers<Offer | null>();
    let offer: Offer | null = null;
    // Waits before it looks: a job queued between the look and the wait would wake nobody.
    using _ = room.waiters.add({ taker, wake: (came) => woken.resolve(offer = came) });
    const job = (offered && await takeOffered(room, taker, offered)) ?? await takeJob(room, taker);
    if (job) {
      // It came while another was found: somebody else must have it.
      if (offer && (offer as Offer).id !== job.id) room.waiters.offer(offer);
      return await deliver(room, job, signal);
    }
    const left = deadline - performance.now();
    if (left > 0) {
      await firstOf(woken.promise, recheck === null ? left : Math.min(left, recheck), ended);
      recheck = null;
    }
    offered = offer;
    if (left > 0 && !ended.aborted) continue;
    // Woken and gone: somebody else must have the offer.
    if (offered) room.waiters.offer(offered);
    return null;
  }
  return null;
}

/** The agent hung up while its job was found: nobody would render it until the lease ran out. */
async function deliver(room: Room, job: JobRow, signal: AbortSignal): Promise<JobRow | null> {
  if (!signal.aborted) return job;
  await release(
    room,
    job.lease_agent!,
    `${job.id}.${job.lease_token}`,
    "the agent hung up before it was given",
  );
  return null;
}

/** Resolves at the first of: woken, time over, aborted. Leaves no timer or listener behind. */
async function firstOf(woken: Promise<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  const abort = () => over.resolve();
  const timer = setTimeout(abort, ms);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    await Promise.race([woken, over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

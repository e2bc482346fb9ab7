import { GatewayError } from "./client.ts";
import type { Entry } from "./journal.ts";
import { settle } from "./settle.ts";
import type { AgentOptions } from "./state.ts";
import { pause } from "./backoff.ts";

/**
 * What an earlier process left behind. Finished work is brought to the gateway BEFORE a session is opened: the session
 * frees the old boot's leases, and a job that is already queued again may be granted to another while its take still
 * uploads. Heartbeats under the old boot id keep those leases alive meanwhile. Unfinished work is dropped: opening the
 * session gives its jobs back without using up an attempt.
 *
 * Resolves when all is settled or `recoveryMs` is over; what is not settled by then goes on in the background
 * (`rest`, which never rejects). Rejects with GatewayError `unauthenticated`.
 */
export async function recover(options: AgentOptions, signal: AbortSignal): Promise<{ rest: Promise<void> }> {
  const entries = await options.journal.entries({ removeUnreadable: true });
  const finished = entries.filter((entry) => entry.report);
  for (const entry of entries.filter((found) => !found.report)) {
    options.reporter.say(
      `"${entry.lease.spec.title}" was not finished when the agent ended; the job goes back.`,
    );
    await options.journal.close(entry, "interrupted");
  }
  if (finished.length === 0) return { rest: Promise.resolve() };
  options.reporter.say(
    `Brings in ${finished.length} finished ${finished.length === 1 ? "job" : "jobs"} of an earlier run.`,
  );

  const settled = new AbortController();
  const ended = AbortSignal.any([signal, settled.signal]);
  const reached = Promise.withResolvers<void>();
  const beats = keepAlive(finished, options, ended, reached.resolve);
  const settling = Promise.all(finished.map((entry) => settleOne(entry, options, signal)))
    .finally(() => settled.abort());
  // Counted from the gateway's first answer: while it is away there is no session to be had either.
  const inTime = reached.promise.then(() => pause(options.recoveryMs ?? 120_000, ended)).catch(() => {});
  const stopped = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
  await Promise.race([settling, inTime, stopped]);
  settled.abort();
  await beats;
  signal.throwIfAborted();
  return { rest: settling.then(() => {}, () => {}) };
}

async function settleOne(entry: Entry, options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { title } = entry.lease.spec;
  const outcome = await settle(entry, {
    ...options,
    signal,
    trouble: (sentence) => options.reporter.trouble(entry.lease.lease, sentence),
  });
  options.reporter.settled(entry.lease.lease);
  const words = outcome === "lost"
    ? "was given to another agent meanwhile; its files were discarded"
    : `brought in: ${outcome}`;
  options.reporter.ended(entry.lease.job_id, `${title} (of an earlier run) ${words}`);
}

/** The old boots' leases, until the gateway has heard of them or no longer knows that boot. */
async function keepAlive(
  entries: Entry[],
  options: AgentOptions,
  signal: AbortSignal,
  reached: () => void,
): Promise<void> {
  const boots = Map.groupBy(entries, (entry) => entry.boot_id);
  while (!signal.aborted && boots.size > 0) {
    for (const [boot_id, of] of boots) {
      const progress = { stage: "Uploading after a restart", progress: 0.97 };
      const leases = of.map((entry) => ({ lease: entry.lease.lease, progress }));
      await options.client.heartbeat({ boot_id, leases, draining: true }, signal).then(reached, (error) => {
        if (!(error instanceof GatewayError) || error.refusal === "unavailable") return;
        boots.delete(boot_id);
        reached();
      });
    }
    await pause(10_000, signal).catch(() => {});
  }
}

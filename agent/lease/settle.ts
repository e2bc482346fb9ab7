import type { FailBody } from "../../shared/agents/protocol.ts";
import type { z } from "zod";
import { type Backoff, backoffMs, GATEWAY_BACKOFF, pause } from "./backoff.ts";
import { type GatewayClient, GatewayError } from "./client.ts";
import { type Entry, type Journal, type Report, uploadPath } from "./journal.ts";
import type { LeaseTrace } from "./spans.ts";
import { upload, UploadRefused } from "./upload.ts";

export interface SettleOptions {
  client: GatewayClient;
  journal: Journal;
  signal: AbortSignal;
  backoff?: Backoff;
  /** Bytes of all files together. */
  sent?(done: number, total: number): void;
  trouble?(sentence: string): void;
  /** Told of before the report ends the lease; null or absent: its job is not traced. */
  trace?: LeaseTrace | null;
}

/** What became of a report: `done` took it in, `lost` went to another agent, `refused` would not hear even the failure. */
export type Settled = "succeeded" | "failed" | "cancelled" | "lost" | "refused";

/**
 * Brings one report to the gateway, files first, for as long as it takes, then removes the folder. Safe to repeat from
 * any point: stored bytes are not sent twice and completing twice changes nothing. Rejects when aborted, and with
 * GatewayError `unauthenticated`; the folder then stays.
 */
export async function settle(entry: Entry, options: SettleOptions): Promise<Settled> {
  const outcome = await deliver(entry, options);
  await options.journal.close(entry, outcome);
  return outcome;
}

async function deliver(entry: Entry, options: SettleOptions): Promise<Settled> {
  const report = entry.report!;
  try {
    if (report.kind === "fail") return await sendFailure(entry, report.body, options);
    try {
      await sendFiles(entry, report, options).catch((error) => {
        // Whether the report was taken in already or the job is another's: completing tells which.
        if (!(error instanceof UploadRefused && error.leaseOver)) throw error;
      });
      // Beside the report, which need not wait for it.
      void options.trace?.tell(options.client, false);
      await untilHeard(
        () => options.client.complete(entry.lease.lease, report.body, options.signal),
        options,
      );
      return "succeeded";
    } catch (error) {
      const refused = error instanceof UploadRefused ||
        (error instanceof GatewayError && error.refusal === "refused");
      if (!refused) throw error;
      // The work is there but will not be had: the job must end, with the reason, instead of hanging on this agent.
      return await sendFailure(entry, {
        class: "agent",
        message: `The finished work was not accepted: ${error.message}`.slice(0, 2000),
        fault: "none",
      }, options);
    }
  } catch (error) {
    if (error instanceof GatewayError && error.refusal === "lease_lost") return "lost";
    if (error instanceof GatewayError && error.refusal === "refused") {
      options.trouble?.(`The gateway refused the report on "${entry.lease.spec.title}": ${error.message}`);
      return "refused";
    }
    throw error;
  }
}

async function sendFailure(
  entry: Entry,
  body: z.infer<typeof FailBody>,
  options: SettleOptions,
): Promise<Settled> {
  // Before: a failure may end the grant, and with it the right to say anything.
  await options.trace?.tell(options.client, true);
  const { fault, ...known } = body;
  const send = (report: typeof body) =>
    untilHeard(() => options.client.fail(entry.lease.lease, report, options.signal), options);
  await send(body).catch((error) => {
    // A gateway from before machines were judged does not know the word, and must hear the rest.
    if (!fault || !(error instanceof GatewayError) || error.status !== 422) throw error;
    return send(known);
  });
  return body.class === "cancelled" ? "cancelled" : "failed";
}

async function sendFiles(
  entry: Entry,
  report: Extract<Report, { kind: "complete" }>,
  options: SettleOptions,
): Promise<void> {
  const total = report.uploads.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const sending = options.trace?.lease.child("upload");
  for (const file of report.uploads) {
    const path = uploadPath(entry, file.path);
    if (!path) throw new UploadRefused(`The agent's report names a file outside its folder: ${file.path}`);
    await upload({ ...file, path }, entry.lease.lfs, {
      signal: options.signal,
      sent: (bytes) => options.sent?.(before + bytes, total),
      trouble: options.trouble,
      backoff: options.backoff,
    });
    before += file.size;
  }
  sending?.end({ attributes: { "studio.files": report.uploads.length, "studio.bytes": total } });
}

/** Repeats while the gateway cannot be reached. */
async function untilHeard(call: () => Promise<void>, options: SettleOptions): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await call();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof GatewayError) || error.refusal !== "unavailable") throw error;
      options.trouble?.(error.message);
    }
    await pause(backoffMs(attempt, options.backoff ?? GATEWAY_BACKOFF), options.signal);
  }
}

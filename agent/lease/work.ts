import { join } from "@std/path";
import type { Lease } from "../../shared/agents/protocol.ts";
import type { Progress } from "../../shared/jobs/job.ts";
import { type Backoff, pause } from "./backoff.ts";
import { type GatewayClient, GatewayError } from "./client.ts";
import { diskFullFailure, isDiskFull } from "./disk.ts";
import { type Executor, JobFailure } from "./executor.ts";
import { fetchInputs } from "./inputs.ts";
import { createJobLog, type JobLog } from "./job_log.ts";
import type { Entry, Journal } from "./journal.ts";
import { sendLog } from "./log_sender.ts";
import type { Reporter } from "./reporter.ts";
import { failureReport, reportOf } from "./result.ts";
import { aged } from "./seconds_left.ts";
import { settle, type Settled } from "./settle.ts";
import { type LeaseTrace, traceLease } from "./spans.ts";

/** Why work is put down without a report. */
export class PutDown extends Error {
  override name = "PutDown";
  /**
   * lost: another agent has it. released: the gateway shall give it to another. stopped: as it lies, for the next start. gone: as released,
   * and what is finished, too, as there is no next start.
   */
  readonly why: "lost" | "released" | "stopped" | "gone";
  constructor(why: PutDown["why"], message: string) {
    super(message);
    this.why = why;
  }
}

/** One lease in hand: what heartbeats say of it, and how it is stopped. */
export interface Running {
  entry: Entry;
  progress: Progress;
  /** When that was said, performance.now(). */
  progressAt: number;
  /** Its last lines. */
  log: JobLog;
  /** Null when its job is not traced. */
  trace: LeaseTrace | null;
  /** True once report.json is written: from then on only bringing it to the gateway is left. */
  reported: boolean;
  /** Ends the work: aborted with a JobFailure, which is reported, or a PutDown. */
  stop: AbortController;
  /** Ends even the reporting: aborted with a PutDown alone. */
  halt: AbortController;
}

/** How far it is now. */
export function progressOf({ progress, progressAt }: Running): Progress {
  return aged(progress, performance.now() - progressAt);
}

export function begun(entry: Entry): Running {
  return {
    entry,
    progress: { stage: "Starting", progress: 0 },
    progressAt: performance.now(),
    log: createJobLog(entry.lease.spec.kind === "generate" ? entry.lease.spec.params : {}),
    trace: traceLease(entry.lease),
    reported: false,
    stop: new AbortController(),
    halt: new AbortController(),
  };
}

/** Stops the work; the gateway hears why. */
export function fail(running: Running, failure: JobFailure): void {
  running.stop.abort(failure);
}

/** Stops everything about it; the gateway hears nothing, or that it may give the job to another. */
export function putDown(running: Running, why: PutDown): void {
  running.stop.abort(why);
  running.halt.abort(why);
}

/** Ends the work and gives the job back; should it have been done just then, its result is brought in all the same. */
export function handBack(running: Running, sentence: string): void {
  running.stop.abort(new PutDown("released", sentence));
}

export interface WorkOptions {
  client: GatewayClient;
  journal: Journal;
  reporter: Reporter;
  backoff?: Backoff;
  /** Milliseconds that a stopped executor gets to put things away before the agent goes on without it. */
  graceMs?: number;
  /** Least milliseconds between two previews of a job. */
  previewMs?: number;
  /** Milliseconds between two looks at whether a job's log has grown. */
  logMs?: number;
}

/** Bytes of a preview that the gateway takes. */
const PREVIEW_LIMIT = 256 * 1024;

/** Share of the whole job's progress that downloads and the upload take. */
const INPUTS = 0.02;
const UPLOAD = 0.04;

/** From the grant to the gateway's confirmation. Resolves however the job ended; rejects only with `unauthenticated`. */
export async function work(
  running: Running,
  choose: () => Executor | null,
  options: WorkOptions,
): Promise<Settled | "released" | "stopped"> {
  const { entry, stop, halt } = running;
  const settling = {
    ...options,
    trace: running.trace,
    sent: (done: number, total: number) => show(running, upload(done, total), options.reporter),
    trouble: (sentence: string) => options.reporter.trouble(entry.lease.lease, sentence),
  };
  try {
    await keepReport(entry, await attempt(running, choose, options), options.journal);
    running.reported = true;
    const signal = entry.report?.kind === "complete" ? stop.signal : halt.signal;
    return await settle(entry, { ...settling, signal }).catch((error) => {
      if (!(stop.signal.reason instanceof JobFailure)) throw error;
      // Cancelled while its result was on its way: the gateway hears that instead.
      entry.report = failureReport(stop.signal.reason);
      return settle(entry, { ...settling, signal: halt.signal });
    });
  } catch (error) {
    return await leave(running, error, options);
  } finally {
    options.reporter.settled(entry.lease.lease);
  }
}

/** A job without a result is a failure report: nothing but a PutDown leaves this function by throwing. */
async function attempt(running: Running, choose: () => Executor | null, options: WorkOptions) {
  const { entry, stop } = running;
  const { lease, folder } = entry;
  const started = performance.now();
  const { log } = running;
  await using sender = sendLog(options.client, lease.lease, log, options.logMs);
  const limit = setTimeout(
    () =>
      stop.abort(
        new JobFailure(
          "timeout",
          `It was not done after ${Math.round(lease.max_run_s / 60)} minutes, the limit for such a job.`,
        ),
      ),
    Math.min(lease.max_run_s * 1000, 2 ** 31 - 1),
  );
  try {
    const executor = choose();
    if (!executor) {
      throw new JobFailure(
        "agent",
        `This agent cannot run ${nameOf(lease)} any more: its ComfyUI or tools have changed.`,
      );
    }
    const download = running.trace?.lease.child("download");
    const inputs = await fetchInputs(lease.inputs, join(folder, "inputs"), {
      signal: stop.signal,
      backoff: options.backoff,
      progress: (done, total) =>
        show(
          running,
          { stage: "Fetching inputs", progress: INPUTS * done / Math.max(total, 1) },
          options.reporter,
        ),
    });
    download?.end({ attributes: { "studio.files": lease.inputs.length } });
    const result = await orAbandon(
      executor.run(lease, {
        folder,
        slot: entry.slot,
        inputs,
        signal: stop.signal,
        progress: (progress) => show(running, scaled(progress), options.reporter),
        preview: previewer(running, options),
        log: (text) => log.add(text),
        span: running.trace?.lease,
      }),
      stop.signal,
      options.graceMs ?? 8_000,
    );
    return await reportOf(entry, result, (performance.now() - started) / 1000, stop.signal);
  } catch (error) {
    const failure = await failureOf(stop.signal.aborted ? stop.signal.reason : error, entry);
    log.add(`${failure.message}${failure.detail ? `\n${failure.detail}` : ""}`);
    // Before the report: it ends the lease, and with it the right to say anything.
    await sender.flush();
    return failureReport(failure);
  } finally {
    clearTimeout(limit);
  }
}

async function failureOf(error: unknown, entry: Entry): Promise<JobFailure> {
  if (error instanceof PutDown) throw error;
  if (isDiskFull(error)) return await diskFullFailure(entry.folder, error);
  if (error instanceof JobFailure) return error;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return new JobFailure(
    "agent",
    `The agent failed while it worked: ${message}`,
    stack ? { detail: stack } : {},
  );
}

/** A full disk must not keep the report from being sent: then it lives in memory alone. */
async function keepReport(
  entry: Entry,
  report: Awaited<ReturnType<typeof attempt>>,
  journal: Journal,
): Promise<void> {
  // What the report does not name is not needed any more, and may be what fills the disk.
  await Deno.remove(join(entry.folder, "inputs"), { recursive: true }).catch(() => {});
  await journal.report(entry, report).catch(() => {
    entry.report = report;
  });
}

async function leave(
  running: Running,
  error: unknown,
  options: WorkOptions,
): Promise<Settled | "released" | "stopped"> {
  const { entry, stop } = running;
  if (error instanceof GatewayError && error.refusal === "unauthenticated") throw error;
  const why = stop.signal.aborted ? stop.signal.reason : error;
  if (why instanceof JobFailure) {
    // Stopped while its result was on its way (cancelled): the gateway hears that instead. Once, within the grace.
    entry.report = failureReport(why);
    return await settle(entry, { ...options, signal: AbortSignal.timeout(options.graceMs ?? 8_000) }).catch(
      () => "stopped" as const,
    );
  }
  if (!(why instanceof PutDown)) throw error;
  if (why.why === "lost") {
    await options.journal.close(entry, "lost");
    return "lost";
  }
  // Only the work was to end, and it had ended just before: its result goes on its way.
  if (why.why === "released" && running.reported && !running.halt.signal.aborted) {
    const settled = await settle(entry, { ...options, signal: running.halt.signal }).catch((error) => {
      if (error instanceof PutDown) return null;
      throw error;
    });
    if (settled) return settled;
  }
  const { reason } = running.halt.signal;
  const gone = reason instanceof PutDown && reason.why === "gone";
  // Finished work is brought in by the next start; giving the job back would have it made twice.
  if (why.why === "stopped" || (running.reported && !gone)) return "stopped";
  await options.client.release(entry.lease.lease, why.message, AbortSignal.timeout(5_000)).catch(() => {});
  await options.journal.close(entry, "released");
  return "released";
}

/** An executor that does not stop when told is left behind after the grace; its slot must not hang with it. */
async function orAbandon<T>(run: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  run.catch(() => {});
  const done = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const begin = () => pause(graceMs, done.signal).then(() => reject(signal.reason), () => {});
    if (signal.aborted) begin();
    else signal.addEventListener("abort", begin, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([run, abandoned]);
  } finally {
    done.abort();
  }
}

function previewer(running: Running, options: WorkOptions): (jpeg: Uint8Array) => void {
  let last = -Infinity;
  let busy = false;
  return (jpeg) => {
    if (busy || jpeg.length > PREVIEW_LIMIT || performance.now() - last < (options.previewMs ?? 1_000)) {
      return;
    }
    busy = true;
    last = performance.now();
    // Dropped when it does not arrive: the next is newer.
    options.client.preview(
      running.entry.lease.lease,
      jpeg,
      AbortSignal.any([running.stop.signal, AbortSignal.timeout(10_000)]),
    )
      .catch(() => {})
      .finally(() => busy = false);
  };
}

function scaled({ stage, progress, seconds_left }: Progress): Progress {
  const within = Math.min(1, Math.max(0, Number.isFinite(progress) ? progress : 0));
  return {
    stage: stage.slice(0, 200),
    progress: INPUTS + within * (1 - INPUTS - UPLOAD),
    ...(seconds_left !== undefined && seconds_left >= 0 ? { seconds_left } : {}),
  };
}

function upload(done: number, total: number): Progress {
  const mib = (bytes: number) => (bytes / (1024 * 1024)).toFixed(1);
  return {
    stage: `Uploading ${mib(done)} of ${mib(total)} MiB`,
    progress: Math.min(1, 1 - UPLOAD + UPLOAD * done / Math.max(total, 1)),
  };
}

function show(running: Running, progress: Progress, reporter: Reporter): void {
  running.progress = progress;
  running.progressAt = performance.now();
  running.log.add(progress.stage);
  const { lease, slot } = running.entry;
  reporter.job({ job: lease.job_id, slot, title: lease.spec.title, project: lease.project.title, progress });
}

export function nameOf(lease: Lease): string {
  if (lease.spec.kind === "compare") return "comparing pictures";
  return lease.spec.kind === "assemble" ? "film assembly" : `${lease.spec.runner} at ${lease.spec.tier}`;
}

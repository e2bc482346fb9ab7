import type { Progress } from "../../shared/jobs/job.ts";
import type { Workflow } from "../../shared/runners/manifest.ts";
import { JobFailure } from "../lease/executor.ts";
import { type ComfyClient, ComfyError } from "./client.ts";
import { historyFailure, refusalFailure } from "./failure.ts";
import { PromptProgress } from "./progress.ts";
import type { OpenSpan } from "../lease/spans.ts";
import { type PromptSpans, promptSpans } from "./prompt_spans.ts";
import type { HistoryEntry } from "./replies.ts";
import { ComfySocket } from "./socket.ts";
import { Wake } from "./wake.ts";

export interface PromptRun {
  prompt: Workflow;
  /** Aborted: the prompt is taken back, and the reason is what run() rejects with. */
  signal: AbortSignal;
  progress(progress: Progress): void;
  preview(jpeg: Uint8Array): void;
  patience?: Partial<Patience>;
  /** The prompt in the job's trace. */
  span?: OpenSpan | undefined;
}

/** Milliseconds. */
export interface Patience {
  /** Between two looks at /history and /queue. */
  pollMs: number;
  /** Silence of the socket, while the prompt runs, after which it is connected anew. */
  silenceMs: number;
  /** No answer at all for so long: ComfyUI hangs or has ended. */
  unresponsiveMs: number;
  /** It answers, says that the prompt runs, and nothing moves for so long: its worker has died. */
  stalledMs: number;
  /** Neither in history nor in the queue for so long: it is lost. */
  lostMs: number;
  /** For taking a prompt back. */
  cancelMs: number;
}

const PATIENCE: Patience = {
  pollMs: 2_500,
  silenceMs: 15_000,
  unresponsiveMs: 90_000,
  stalledMs: 20 * 60_000,
  lostMs: 4_000,
  cancelMs: 6_000,
};

/**
 * Runs a prompt to its end; its history when it succeeded. /history and then /queue are the truth, the socket says when
 * to look and shows the way there.
 *
 * @throws {JobFailure} `oom`, `invalid`, `agent` or `transient`, with a sentence; the signal's reason when cancelled.
 */
export async function runPrompt(client: ComfyClient, run: PromptRun): Promise<HistoryEntry> {
  const patience = { ...PATIENCE, ...run.patience };
  // Current versions take only a lower-case UUID.
  const promptId = crypto.randomUUID();
  const clientId = crypto.randomUUID();
  const progress = new PromptProgress(run.prompt);
  let spans: PromptSpans | null = null;
  const wake = new Wake();
  const watch = { movedAt: performance.now(), answeredAt: performance.now() };
  await using socket = new ComfySocket({
    url: client.url,
    clientId,
    events: {
      event(type, data) {
        // Without a client id of its own a server sends others' progress to every socket.
        if (data.prompt_id !== undefined && data.prompt_id !== promptId) return;
        const now = data.prompt_id === promptId ? progress.take(type, data) : null;
        if (data.prompt_id === promptId) spans?.take(type, data);
        if (now) {
          watch.movedAt = performance.now();
          run.progress(now);
        }
        if (ENDINGS.has(type) || (type === "executing" && data.node === null)) wake.up();
      },
      preview({ jpeg, promptId: of }) {
        watch.movedAt = performance.now();
        if (of === null || of === promptId) run.preview(jpeg);
      },
    },
  });
  const stop = () => wake.up();
  run.signal.addEventListener("abort", stop);
  try {
    run.signal.throwIfAborted();
    await socket.open();
    spans = run.span ? promptSpans(run.prompt, run.span) : null;
    await submit(client, { prompt: run.prompt, promptId, clientId }, run.signal);
    const history = await follow({ client, run, promptId, patience, socket, wake, watch });
    spans?.end(false);
    return history;
  } catch (error) {
    spans?.end(true);
    if (run.signal.aborted) {
      await takeBack(client, promptId, patience.cancelMs);
      throw run.signal.reason;
    }
    if (error instanceof JobFailure && error.class === "agent") {
      await takeBack(client, promptId, patience.cancelMs);
    }
    throw asFailure(error);
  } finally {
    run.signal.removeEventListener("abort", stop);
  }
}

const ENDINGS = new Set(["execution_success", "execution_error", "execution_interrupted"]);

/** Posts the prompt. An answer that is lost does not matter: the id is ours, so it can be looked for. */
async function submit(
  client: ComfyClient,
  submission: { prompt: Workflow; promptId: string; clientId: string },
  signal: AbortSignal,
): Promise<void> {
  let answer;
  try {
    answer = await client.submit(submission, { signal });
  } catch (error) {
    if (!(error instanceof ComfyError) || error.code === "refused") throw error;
    const arrived = await client.place(submission.promptId, { signal }).catch(() => null) ??
      await client.history(submission.promptId, { signal }).catch(() => null);
    if (arrived === null) throw error;
    return;
  }
  if (answer.accepted) return;
  // 200 with errors: a part of it is waiting to run.
  if (answer.error === null) await client.deleteQueued(submission.promptId).catch(() => {});
  throw refusalFailure(answer);
}

interface Following {
  client: ComfyClient;
  run: PromptRun;
  promptId: string;
  patience: Patience;
  socket: ComfySocket;
  wake: Wake;
  watch: { movedAt: number; answeredAt: number };
}

async function follow(following: Following): Promise<HistoryEntry> {
  const { client, run, promptId, patience, socket, wake, watch } = following;
  const { signal } = run;
  let missingSince: number | null = null;
  let refreshedAt = performance.now();
  let soon = 0;
  while (true) {
    // execution_success comes before history is written: look again shortly, then at the usual pace.
    const woken = await wake.within(soon > 0 ? Math.min(100, patience.pollMs) : patience.pollMs);
    signal.throwIfAborted();
    soon = woken ? 10 : Math.max(0, soon - 1);
    try {
      const entry = await client.history(promptId, { signal });
      watch.answeredAt = performance.now();
      if (entry) return finished(entry);
      const place = await client.place(promptId, { signal });
      watch.answeredAt = performance.now();
      if (place === null) {
        // Between leaving the queue and entering history it may be in neither, for a moment.
        missingSince ??= performance.now();
        if (performance.now() - missingSince > patience.lostMs) throw lost();
        soon = Math.max(soon, 2);
        continue;
      }
      missingSince = null;
      if (!place.running) {
        watch.movedAt = performance.now();
        run.progress({ stage: `Waits in ComfyUI behind ${place.before}`, progress: 0 });
      }
    } catch (error) {
      if (!(error instanceof ComfyError)) throw error;
      checkAnswers(error, watch.answeredAt, patience);
      continue;
    }
    const now = performance.now();
    if (now - watch.movedAt > patience.stalledMs) throw stalled(now - watch.movedAt);
    const heard = Math.max(socket.heardAt, refreshedAt);
    if (now - heard > patience.silenceMs) {
      refreshedAt = now;
      await socket.refresh();
    }
  }
}

function finished(entry: HistoryEntry): HistoryEntry {
  const failure = historyFailure(entry);
  if (failure) throw failure;
  return entry;
}

function lost(): JobFailure {
  return new JobFailure(
    "transient",
    "ComfyUI knows nothing of the job any more: it was restarted, or its queue was emptied.",
  );
}

function stalled(ms: number): JobFailure {
  return new JobFailure(
    "agent",
    `ComfyUI says that it works on the job, and nothing has moved for ${
      minutes(ms)
    }. Restart ComfyUI on this agent.`,
    { fault: "comfyui" },
  );
}

function checkAnswers(error: ComfyError, answeredAt: number, patience: Patience): void {
  const silent = performance.now() - answeredAt;
  if (silent <= patience.unresponsiveMs) return;
  throw new JobFailure(
    "agent",
    error.code === "unreachable"
      ? `ComfyUI has ended in the middle of the job and has not come back for ${
        minutes(silent)
      }. Start it again.`
      : `ComfyUI hangs: it has not answered for ${minutes(silent)}. Restart it on this agent.`,
    { cause: error, detail: error.message, fault: "comfyui" },
  );
}

function minutes(ms: number): string {
  return ms < 90_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}

/**
 * Takes a prompt back, waiting or running; best effort, bounded. Where there is no route for it, the prompt may begin
 * to run between the look into the queue and the interrupt, so both are repeated until it is gone.
 */
export async function takeBack(client: ComfyClient, promptId: string, withinMs: number): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    if (await client.cancelJob(promptId, { signal }) !== null) return;
    while (true) {
      await client.deleteQueued(promptId, { signal });
      await client.interrupt(promptId, { signal });
      if (await client.place(promptId, { signal }) === null) return;
      await new Wake().within(250);
      signal.throwIfAborted();
    }
  } catch {
    // It ends by itself, or ComfyUI is not there: either way nothing is left to do.
  }
}

function asFailure(error: unknown): unknown {
  if (!(error instanceof ComfyError)) return error;
  if (error.code === "refused") return new JobFailure("invalid", error.message, { cause: error });
  if (error.code === "odd") return new JobFailure("agent", error.message, { cause: error });
  return new JobFailure("transient", error.message, { cause: error });
}

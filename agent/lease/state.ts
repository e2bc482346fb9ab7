import type { z } from "zod";
import type { AgentFacts, Session } from "../../shared/agents/protocol.ts";
import type { Backoff } from "./backoff.ts";
import type { GatewayClient } from "./client.ts";
import type { Executor, Runners } from "./executor.ts";
import type { Journal } from "./journal.ts";
import type { Reporter } from "./reporter.ts";
import type { Running } from "./work.ts";
import type { JobSpec } from "../../shared/jobs/job.ts";

/** What this machine is and can do now, found out anew every so often. */
export interface Machine {
  facts: z.infer<typeof AgentFacts>;
  runners: Pick<Runners, "loaded"> & { executorFor(spec: JobSpec): Executor | null };
}

/** Why the agent ended. */
export type Ending =
  | "drained" // asked to stop, and everything was finished first
  | "released" // asked to stop now; unfinished work was handed back
  | "revoked" // the gateway does not know the token any more
  | "restart"; // the gateway's store moved: the process needs other permissions

export interface AgentOptions {
  client: GatewayClient;
  journal: Journal;
  dataDir: string;
  /** Looks at the machine; asked at the start and every `lookAgainMs`. */
  look(signal: AbortSignal): Promise<Machine>;
  reporter: Reporter;
  /** Take nothing new, end when what runs has ended. */
  drain: AbortSignal;
  /** Hand back what is not finished and end. */
  now: AbortSignal;
  /** A session was opened; false: this process lacks the permissions for it and must be started again. */
  sessionOpened?(session: z.infer<typeof Session>): boolean | Promise<boolean>;
  /** MiB that must be free before a job is taken. */
  minDiskMb: number;
  backoff?: Backoff;
  graceMs?: number;
  previewMs?: number;
  lookAgainMs?: number;
  /** How long finished work of an earlier process is waited for before a session is opened. */
  recoveryMs?: number;
}

/** Shared by the loops of one running agent. Only `agent.ts` makes one. */
export interface AgentState {
  options: AgentOptions;
  bootId: string;
  machine: Machine;
  session: z.infer<typeof Session>;
  /** By lease id. */
  running: Map<string, Running>;
  /** The work on them; awaited before the agent's end. */
  working: Set<Promise<unknown>>;
  /** The gateway's wish: take nothing until a heartbeat says otherwise. */
  held: "paused" | "drained" | null;
  /** A poll was aborted before its answer came. */
  cutOff: boolean;
  /** Aborted when no loop has anything left to do. */
  over: AbortController;
  /** Opens a session again; all callers at the same time share one call. */
  openSession(): Promise<void>;
  /** `change` is dispatched whenever `held`, the slots or the disk may have changed. */
  changed: EventTarget;
}

export function announceChange(state: AgentState): void {
  state.changed.dispatchEvent(new Event("change"));
}

/** Until something changes, at most `ms`; at once when aborted. */
export function changeOrTimeout(changed: EventTarget, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      changed.removeEventListener("change", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    changed.addEventListener("change", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

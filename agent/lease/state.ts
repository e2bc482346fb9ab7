import type { z } from "zod";
import type { AgentFacts, Lease, SelfTest, Session } from "../../shared/agents/protocol.ts";
import type { Backoff } from "./backoff.ts";
import type { GatewayClient } from "./client.ts";
import type { Executor, Runners } from "./executor.ts";
import type { Journal } from "./journal.ts";
import type { Heard } from "./look.ts";
import type { Reporter } from "./reporter.ts";
import type { Running } from "./work.ts";
import type { JobSpec } from "../../shared/jobs/job.ts";

/** What this machine is and can do now, found out anew every so often. */
export interface Machine {
  facts: z.infer<typeof AgentFacts>;
  runners: Pick<Runners, "loaded"> & { executorFor(spec: JobSpec): Executor | null };
}

/** What the owner of the machine allows (agent/policy). Without them everything is. */
export interface OwnerRules {
  /** Dispatches `change` when the verdict is another, `lend` when other work or other projects are allowed. */
  changed: EventTarget;
  /** `sentence`: why not, for the owner and the studio; empty when it takes jobs. */
  verdict(): { take: boolean; keep: boolean; sentence: string };
  /** Why this job is refused; null when it is not. */
  refusal(lease: Lease): string | null;
  /** What is offered of what the machine can do. */
  lend(facts: z.infer<typeof AgentFacts>): z.infer<typeof AgentFacts>;
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
  /** The cloud takes this machine back, with a Notice (agent/spot.ts) as the reason; `drain` is aborted with it. */
  reclaimed?: AbortSignal;
  /** A session was opened; false: this process lacks the permissions for it and must be started again. */
  sessionOpened?(session: z.infer<typeof Session>): boolean | Promise<boolean>;
  /** MiB that must be free before a job is taken. */
  minDiskMb: number;
  rules?: OwnerRules;
  /** Frees the graphics memory that idle models hold: others need it. */
  freeMemory?(): Promise<void>;
  /** What this machine does beside jobs, for the studio's people; null: nothing. */
  doing?(): string | null;
  /** Which version of the agent the gateway serves, as each heartbeat says. */
  served?(digest: string): void;
  /** Dispatches `change` when the machine should be looked at before its time: ComfyUI has come up. */
  news?: EventTarget;
  backoff?: Backoff;
  graceMs?: number;
  previewMs?: number;
  lookAgainMs?: number;
  /** Least milliseconds between two tellings of what the owner's rules refused. */
  tellRefusedMs?: number;
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
  /** What goes on beside it, a slot's life among them; awaited at the end, too. */
  loops: Promise<unknown>[];
  /** The gateway's wish: take nothing until a heartbeat says otherwise. */
  held: "paused" | "drained" | null;
  /** Why the owner's rules keep it from taking jobs; null: they don't. */
  resting: string | null;
  /** Jobs that the rules refused, the latest last. */
  refused: string[];
  /** The studio is being told of them. */
  tells: boolean;
  /** What this machine has found out about itself, for the session that is opened next. */
  selfTest: SelfTest | null;
  /** A poll was aborted before its answer came. */
  cutOff: boolean;
  /** Aborted when no loop has anything left to do. */
  over: AbortController;
  /** What the look loop has yet to follow. */
  heard: Heard;
  /** Looks at the machine now, and tells the gateway when it offers something else. */
  look(): Promise<void>;
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

import type { z } from "zod";
import type { Hardware } from "../gpu/hardware.ts";
import type { ModelNeed } from "../models/needs.ts";
import type { FailBody, Inability, Lease, MediaFacts, Slot } from "../../shared/agents/protocol.ts";
import type { ErrorClass, JobSpec, Progress } from "../../shared/jobs/job.ts";
import type { OpenSpan } from "./spans.ts";

/** What a running job is given. Everything it writes lies in `folder`, which is removed once the gateway has the result. */
export interface ExecutionContext {
  /** The lease's own folder: exists, writable, survives a crash of the agent. */
  folder: string;
  /** Slot the job was leased for: `gpu0`, `cpu`. */
  slot: string;
  /** Input name (`source`, `ref`, a reel) to the path of the file, downloaded and its SHA-256 checked. */
  inputs: Map<string, string>;
  /**
   * Aborted on cancel, on a lost lease, on release and when `max_run_s` has passed. Stop what was started elsewhere
   * (ComfyUI's prompt, ffmpeg) and reject; the reason of the signal is the error to reject with.
   */
  signal: AbortSignal;
  /** As often as you like: only the latest is sent, with the next heartbeat. */
  progress(progress: Progress): void;
  /** A small JPEG of the work so far; as often as you like, at most one a second is sent. */
  preview(jpeg: Uint8Array): void;
  /** Lines for whoever looks closer: what a program prints. The last few are sent, without prompts and secrets. */
  log?(text: string): void;
  /** The grant in the job's trace, for parts of it that are worth telling apart; absent when it is not traced. */
  span?: OpenSpan | undefined;
}

/** What an executor has made, all of it in the lease's folder. */
export interface Result {
  /** Path of the take or film. */
  file: string;
  /** Without the dot: "png", "mp4". */
  extension: string;
  media: z.infer<typeof MediaFacts>;
  /** Paths of a WebP or JPEG for lists, and of a small MP4 for browsers (video only). */
  poster?: string;
  proxy?: string;
  /** What is needed to make it again; goes into the sidecar. */
  made_with: Record<string, unknown>;
  /** MiB of the card at its fullest, and Wh that it took, where they can be measured. */
  peak_vram_mb?: number;
  energy_wh?: number;
}

export interface Executor {
  run(lease: Lease, context: ExecutionContext): Promise<Result>;
}

/** A whole machine is judged by them (gateway/agents/quarantine.ts), so what may be the work's own doing names none. */
export type Fault = NonNullable<z.infer<typeof FailBody>["fault"]>;

/** How a job ends badly, in words that are sent to the gateway as they are. Any other error is reported as `agent`. */
export class JobFailure extends Error {
  override name = "JobFailure";
  readonly class: ErrorClass;
  /** A traceback, ffmpeg's last lines. */
  readonly detail?: string;
  /** What of this machine it was, or that it was none of its doing. */
  readonly fault?: Fault;
  constructor(
    errorClass: ErrorClass,
    message: string,
    options?: ErrorOptions & { detail?: string; fault?: Fault },
  ) {
    super(message, options);
    this.class = errorClass;
    if (options?.detail) this.detail = options.detail;
    if (options?.fault) this.fault = options.fault;
  }
}

/** What `openRunners` (agent/runners/mod.ts) is given. */
export interface RunnersOptions {
  /** Base URL of the agent's ComfyUI; null: use none. */
  comfyui: string | null;
  hardware: Hardware;
  /** Until that ComfyUI answers, where the agent runs it and may have stopped it; it is not stopped while this is held. */
  holdComfyui?(signal: AbortSignal): Promise<Held>;
  /** It sleeps now: it can make what it could when it last answered. */
  comfyuiAsleep?: boolean;
  /** By runner, the containers that the agent runs for them. */
  containers?: ReadonlyMap<string, ContainerDoor>;
  /** Folder of runner folders; the agent's own by default. */
  runnersDir?: string;
  /** Folder of the runner folders that its owner installed; it need not be there. */
  installedDir?: string;
  signal?: AbortSignal;
}

/** A ComfyUI or container that is not stopped while this is held. */
export interface Held extends Disposable {
  /** Aborted, with a JobFailure, when it has ended all the same: whoever waits for its answer need not. */
  gone?: AbortSignal;
}

/** A runner's container, as the agent looks after it. */
export interface ContainerDoor {
  url: string;
  /** The card that it was given, by the driver's number; null: none. */
  card: number | null;
  /** False while it sleeps: then it can make what it could before. */
  awake(): boolean;
  /** Until it answers; it is not stopped while this is held. */
  hold(signal: AbortSignal): Promise<Held>;
  /** Somebody has seen what it can make. */
  seen(): void;
}

/** This machine's abilities as found out now. `agent run` opens it again when ComfyUI comes, goes or changes. */
export interface Runners {
  /** One per card that can do anything, plus `cpu`; `assemble` is added to the CPU slot by main. */
  slots: Slot[];
  cannot: Inability[];
  /** Versions of the runners here, by id. */
  versions: Record<string, string>;
  /** null when no ComfyUI answers. */
  comfyuiVersion: string | null;
  /** Model files that they need, and which are here. Absent: not looked into. */
  models?: ModelNeed[];
  /** Capabilities whose models are in memory on that slot now: preferred on a tie. */
  loaded(slot: string): string[];
  /** The one that runs this job; null when this machine has none for it. */
  executorFor(spec: JobSpec): Executor | null;
  close(): Promise<void>;
}

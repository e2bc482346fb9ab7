import type { Footprints } from "./footprints.ts";
import type { z } from "zod";
import type {
  CompleteBody,
  FailBody,
  HeartbeatBody,
  HeartbeatReply,
  Lease,
  Slot,
} from "../../shared/agents/protocol.ts";
import type { SubmitJob } from "../../shared/api/work.ts";
import type { CanvasNode } from "../../shared/canvas/graph.ts";
import type { Job, JobError, JobEvent, JobSpec, JobState } from "../../shared/jobs/job.ts";
import type { JobLog } from "../../shared/jobs/log.ts";
import type { Placement, SetPlacement } from "../../shared/api/placement.ts";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { TakeNumber } from "../../shared/takes/name.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { CanvasKey } from "../canvas/mod.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { Offered } from "./old_versions.ts";
import type { ProjectRow } from "../projects/mod.ts";

/** A row of `jobs`. */
export interface JobRow {
  id: string;
  tenant_id: string;
  project_id: string;
  /** Whose canvas it was asked for on. */
  branch: string;
  /** Who may have it: `trusted|<only>|<never>` (place.ts). */
  place: string;
  /** What its node asked for, when that is stricter than its project. */
  sensitivity: Trust | null;
  asker_id: string | null;
  /** The project's pools, sorted and joined by "+". */
  pool: string;
  kind: "generate" | "assemble" | "compare";
  node_id: string | null;
  title: string;
  runner: string;
  tier_requested: Tier | null;
  tier: Tier | null;
  fallback: string | null;
  capability: string;
  vram_mb: number;
  ram_mb: number;
  disk_mb: number;
  fit: number;
  priority: number;
  fair_key: number;
  cost_s: number;
  /** Seconds that it should take; null: nobody can tell. */
  estimate_s: number | null;
  /** Thousandths of a credit that were set aside for an earlier place, and whose. */
  credits: number | null;
  credits_of: "purse" | "mine" | null;
  /** It looks whether another machine's work is right (gateway/checks): no film's, and hidden. */
  check_id: string | null;
  state: JobState;
  attempt: number;
  max_attempts: number;
  run_after: Date;
  /** A retry that waits for `run_after`. */
  resting: boolean;
  lease_token: number;
  lease_agent: string | null;
  lease_slot: string | null;
  lease_boot: string | null;
  lease_until: Date | null;
  started_at: Date | null;
  max_run_s: number;
  cancel_requested_at: Date | null;
  avoid: string[];
  oom_retries: number;
  spec: JobSpec;
  take: (TakeNumber & { name: string }) | null;
  error: JobError | null;
  created_by: string | null;
  created_at: Date;
  finished_at: Date | null;
  /** Of one that was granted just now: what its lease says of the film. */
  film?: { title: string; slug: string; tenant_slug: string };
}

/** What a room gives to queue a job; the rest is the job room's. */
export interface NewJob {
  kind: "generate" | "assemble" | "compare";
  node_id: string | null;
  title: string;
  runner: string;
  tier_requested: Tier | null;
  tier: Tier | null;
  fallback: string | null;
  capability: string;
  vram_mb: number;
  ram_mb: number;
  disk_mb: number;
  priority: number;
  max_run_s: number;
  /** Seconds it counts for in the fair order between projects. @default 60 */
  cost_s?: number;
  spec: JobSpec;
  take: (TakeNumber & { name: string }) | null;
  created_by: string | null;
  /** The person behind it: their own jobs go first on their own card. */
  asker_id?: string;
  /** What the asker calls the request, and which of its jobs this is: queued once (`askedOnce`). */
  ask?: { id: string; nth: number };
  sensitivity?: Trust;
  /** Jobs that must succeed first; the job is `blocked` until then. */
  needs?: string[];
  /** Agents that get it only if nobody else can make it. */
  avoid?: string[];
  /** Pay for an earlier place. */
  credits_of?: "purse" | "mine";
  /** It is of a spot check: no film is charged for it, and none sees it. */
  check_id?: string;
  /** Agents that never get it, by the studio. */
  kept_off?: string[];
}

/** An agent as leasing needs it: who it is and one of its slots. */
export interface Taker {
  agent_id: string;
  agent_name: string;
  tenant_id: string;
  boot_id: string;
  pools: string[];
  ram_mb: number;
  disk_free_mb: number;
  /** Runners suspended on it. */
  suspended: string[];
  slot: z.infer<typeof Slot>;
  loaded: string[];
  /** @default "trusted" */
  trust?: Trust;
  /** By which work chooses machines. */
  tags?: string[];
  /** Who lends it. */
  owner_id?: string | null;
  /** Ids of the projects it is lent to (`only`; null: all) and those it is not. Absent or null: any. */
  projects?: { only: string[] | null; never: string[] } | null;
  /** Jobs that the owner's rules refused. */
  refused?: string[];
}

/** Why there is nothing for a slot. */
export interface Idle {
  sentence: string;
  reasons: { reason: string; count: number; sentence: string }[];
}

export interface Jobs extends AsyncDisposable {
  /** What work took so far, by card. */
  footprints: Footprints;
  /** Takes of a node of a canvas as it is now: resolves tier and fallback, numbers them, queues them; then wakes one fitting waiter. */
  submit(
    canvas: CanvasKey & { tenant_id: string },
    user: UserPrincipal,
    body: z.infer<typeof SubmitJob>,
  ): Promise<JobRow[]>;
  /** As submit(), with what screens were told of the jobs: null where they were asked for before. */
  ask(
    canvas: CanvasKey & { tenant_id: string },
    user: UserPrincipal,
    body: z.infer<typeof SubmitJob>,
  ): Promise<{ jobs: JobRow[]; views: z.infer<typeof Job>[] | null }>;
  /** For other rooms' jobs (assembly), in their transaction; call announce() after it. */
  insert(tx: Tx, project: ProjectRow, job: NewJob): Promise<JobRow>;
  announce(jobs: JobRow[]): Promise<void>;

  /** One statement: the best job for this slot, or null. */
  take(taker: Taker): Promise<JobRow | null>;
  /** Long poll: take(), else wait up to `waitS` for a job that fits this slot; ends early on `signal`. */
  poll(taker: Taker, waitS: number, signal: AbortSignal): Promise<JobRow | null>;
  idleReasons(taker: Taker): Promise<Idle>;
  /** The lease as the agent gets it: inputs as signed GETs, LFS authorisation. */
  leaseView(job: JobRow, baseUrl: string): Promise<z.infer<typeof Lease>>;
  /** Extends all leases of an agent in one statement and says what became of each. */
  heartbeat(
    agentId: string,
    body: z.infer<typeof HeartbeatBody>,
  ): Promise<z.infer<typeof HeartbeatReply>["leases"]>;
  /** Leases of this agent that are to be stopped: now, or the first within the wait; none when there are none by then. */
  stops(
    agentId: string,
    asking: { bootId: string; waitS: number; gone: AbortSignal },
  ): Promise<string[]>;
  /** A new process of this agent: frees the leases of every other boot, without using up an attempt. */
  freeOtherBoots(agentId: string, bootId: string): Promise<void>;
  /** What this agent works on is queued again for others, and what it would deliver of it counts no more. */
  takeAway(agentId: string, why: string): Promise<void>;
  preview(agentId: string, lease: string, jpeg: Uint8Array): Promise<void>;
  /** The last lines of the work, instead of those before. Fenced. */
  keepLog(agentId: string, lease: string, tail: string): Promise<void>;
  /** What the machine said last about a job that runs or failed. */
  log(job: JobRow): Promise<JobLog>;
  /** The last picture of it, a JPEG; ProblemError not_found without one. */
  image(job: JobRow): Promise<Uint8Array>;
  /** Fenced: ProblemError lease_lost. Twice is a no-op. Take or export, job and outbox in one transaction. */
  complete(agentId: string, lease: string, body: z.infer<typeof CompleteBody>): Promise<JobRow>;
  fail(agentId: string, lease: string, body: z.infer<typeof FailBody>): Promise<JobRow>;
  release(agentId: string, lease: string, reason: string): Promise<JobRow>;
  /** True while this grant is the job's latest and the job is not finished. */
  leaseHolds(q: Querier, jobId: string, leaseToken: number): Promise<boolean>;

  cancel(project: ProjectRow, jobId: string, by: string): Promise<JobRow>;
  /** These nodes of a canvas were bypassed or muted: what waits for them is cancelled, what runs goes on. */
  switchedOff(canvas: CanvasKey, nodes: readonly CanvasNode[], by: string): Promise<void>;
  /** The studio has this version of a runner now: what waits for another is cancelled. */
  newVersion(tenantId: string, runner: Offered): Promise<void>;
  /** A failed or cancelled job once more, under the same take number. `userId`: of whoever asks, whose credits may pay for it. */
  retry(project: ProjectRow, jobId: string, by: string, userId?: string): Promise<JobRow>;
  setPriority(project: ProjectRow, jobId: string, priority: number): Promise<JobRow>;
  /** On which machines a project's work runs and on which not. */
  placement(project: ProjectRow): Promise<Placement>;
  setPlacement(
    project: ProjectRow,
    user: UserPrincipal,
    body: z.infer<typeof SetPlacement>,
  ): Promise<Placement>;
  /** The project's own setting has changed. */
  placeAgain(projectId: string): Promise<void>;
  /** Rules that name an agent that was removed are gone. */
  forgetAgent(agentId: string): Promise<void>;
  /** The same once more under the next take number, on another machine. */
  makeAgain(project: ProjectRow, user: UserPrincipal, job: JobRow): Promise<JobRow>;
  /** Before another waiting job of the project; null: last. */
  placeBefore(project: ProjectRow, jobId: string, before: string | null): Promise<JobRow>;
  /** The fleet has changed: screens hear, a moment later, why jobs wait now. */
  reconsider(tenantId: string): void;
  find(tenantId: string, jobId: string): Promise<JobRow>;
  list(
    where: { tenant_id: string; project_id?: string; states?: JobState[] },
    page: { cursor?: string; limit: number },
  ): Promise<{ items: JobRow[]; next?: string }>;
  /** With waiting reason, progress, agent's name. */
  view(rows: JobRow[]): Promise<z.infer<typeof Job>[]>;
  story(jobId: string): Promise<z.infer<typeof JobEvent>[]>;
  /** The sweeper's one statement: leases that ran out, attempts past max_run_s. Under an advisory lock; runs by itself every few seconds. */
  sweep(): Promise<number>;
  /** Figures for /metrics: jobs that have not ended. */
  counts(): Promise<JobCount[]>;
  /** Seconds since the oldest queued job was asked for that a machine which is online could take; 0: there is none. */
  oldestRunnable(): Promise<number>;
}

export interface JobCount {
  state: string;
  capability: string;
  count: number;
  /** Seconds since the oldest of them was asked for. */
  oldest_s: number;
}

export { askedOnce } from "./asked.ts";
export { createJobs } from "./jobs.ts";
export { failedInADay, failuresAlike } from "./failures.ts";
export { queueByTier, unfinishedAlike, whyTheyWait } from "./queue.ts";
export { canServe } from "./fleet.ts";
export { parsePlace } from "./place.ts";
export { notice, type NoticeView, publishNotices } from "./notices.ts";
export { jobRoutes } from "./routes.ts";
export { newlyOff } from "./switched_off.ts";
export { wakes } from "./waiters.ts";
export { type SlotJob, slotJobs } from "./slots.ts";

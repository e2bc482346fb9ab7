import { z } from "zod";
import { Id } from "../ids.ts";
import { ErrorClass, Waiting } from "../jobs/job.ts";
import { Tier } from "../tiers.ts";

/** Seconds; null when there is none. */
const Age = z.number().nullable();
const Stored = z.object({ count: z.int(), bytes: z.number() });

export const QueueTier = z.object({
  /** Null: films, which have no tier. */
  tier: Tier.nullable(),
  waiting: z.int(),
  /** Until other jobs are done. */
  blocked: z.int(),
  running: z.int(),
  /** Since the oldest of those that wait was asked for. */
  oldest_s: Age,
});
export type QueueTier = z.infer<typeof QueueTier>;

export const QueueReason = z.object({
  reason: Waiting.shape.reason,
  count: z.int(),
  oldest_s: z.number(),
  /** "12 jobs wait: no card with 24 GB is online." */
  sentence: z.string(),
});
export type QueueReason = z.infer<typeof QueueReason>;

export const FleetGroup = z.object({
  /** An agent may be in several: one that works may have a runner suspended. */
  group: z.enum(["working", "idle", "resting", "paused", "suspended", "offline", "silent"]),
  count: z.int(),
  /** Some of them, with what there is to say of each: "Tower (flux-image)". */
  names: z.array(z.string()),
});
export type FleetGroup = z.infer<typeof FleetGroup>;

/** Jobs that failed with the same words but for names and numbers. */
export const Failures = z.object({
  class: ErrorClass,
  /** As the newest of them said it. */
  message: z.string(),
  count: z.int(),
  runners: z.array(z.string()),
  agents: z.array(z.string()),
  /** The newest. */
  job: z.object({ id: Id, title: z.string(), project_id: Id, project: z.string() }),
  last_at: z.iso.datetime(),
});
export type Failures = z.infer<typeof Failures>;

export const SlowQuery = z.object({
  /** Without values: PostgreSQL counts queries that differ in them alone as one. */
  query: z.string(),
  calls: z.number(),
  mean_ms: z.number(),
  total_ms: z.number(),
});
export type SlowQuery = z.infer<typeof SlowQuery>;

export const DatabaseFigures = z.object({
  kind: z.enum(["postgresql", "embedded"]),
  version: z.string(),
  bytes: z.number(),
  /** Of this database, and what the server takes in all; null: embedded. */
  connections: z.object({ used: z.int(), most: z.int() }).nullable(),
  /** Those that took most time together. */
  slow: z.array(SlowQuery),
  /** Why there are no slow queries to show, and what to do; null when they are counted. */
  slow_missing: z.string().nullable(),
});
export type DatabaseFigures = z.infer<typeof DatabaseFigures>;

export const ProcessFigures = z.object({
  version: z.string(),
  deno: z.string(),
  uptime_s: z.number(),
  sockets: z.int(),
  memory: z.object({ rss: z.number(), heap: z.number() }),
  /** How late the process came to its work in the last minute. */
  event_loop: z.object({ mean_ms: z.number(), max_ms: z.number() }),
  /** Of the file system with the repositories; null where it does not say. */
  disk: z.object({ free: z.number(), size: z.number() }).nullable(),
});
export type ProcessFigures = z.infer<typeof ProcessFigures>;

/** GET /api/operations: how the studio is doing, for whoever looks after it. Each part is some seconds old at most. */
export const Operations = z.object({
  queue: z.object({
    tiers: z.array(QueueTier),
    reasons: z.array(QueueReason),
    /** Waiting jobs whose reason was not looked for, as there are too many kinds of them. */
    unexplained: z.int(),
  }),
  agents: z.object({ total: z.int(), online: z.int(), groups: z.array(FleetGroup) }),
  failures: z.object({
    count: z.int(),
    /** There were more; these are of the newest. */
    partial: z.boolean(),
    groups: z.array(Failures),
  }),
  storage: z.object({
    objects: Stored,
    /** Begun, and not verified yet. */
    uploads: Stored,
    /** `partial`: there are too many files to add up while somebody waits; bytes are at least these. */
    repositories: Stored.extend({ partial: z.boolean() }),
    /** What Git has yet to hold. */
    outbox: z.object({ waiting: z.int(), oldest_s: Age }),
  }),
  /** Of the whole gateway: null where it serves several studios, whose owners are not its operators. */
  gateway: z.object({ database: DatabaseFigures, process: ProcessFigures }).nullable(),
});
export type Operations = z.infer<typeof Operations>;

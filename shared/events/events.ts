import { z } from "zod";
import { Agent, Export, Notice, Take } from "../api/work.ts";
import { Job, Progress } from "../jobs/job.ts";

/**
 * What `WebSocket /api/events?project=<id>` says. The first message is `state`: everything a screen needs to
 * open with. Whoever reconnects gets it again, so nothing is missed.
 */
export const StateEvent = z.object({
  type: z.literal("state"),
  /** Unfinished, and the newest finished. */
  jobs: z.array(Job),
  /** Each node's choice and its newest; older ones are read over HTTP. */
  takes: z.array(Take),
  /** How many takes each node has, by its id. */
  take_counts: z.record(z.string(), z.int()).optional(),
  exports: z.array(Export),
  agents: z.array(Agent),
  notices: z.array(Notice),
  canvas_version: z.int(),
});

export const StudioEvent = z.discriminatedUnion("type", [
  StateEvent,
  z.object({ type: z.literal("job"), job: Job, previous: z.string().nullable() }),
  z.object({ type: z.literal("progress"), job_id: z.string(), progress: Progress }),
  /** A JPEG, base64, at most 256 KiB. */
  z.object({ type: z.literal("preview"), job_id: z.string(), jpeg: z.string() }),
  z.object({
    type: z.literal("take"),
    take: Take,
    /** The branches that have it, where that is not main alone; screens are told of their own branch. */
    where: z.array(z.object({ branch: z.string(), active: z.boolean() })).optional(),
  }),
  z.object({ type: z.literal("export"), export: Export }),
  z.object({ type: z.literal("agent"), agent: Agent }),
  z.object({ type: z.literal("agent_removed"), agent_id: z.string() }),
  z.object({ type: z.literal("notice"), notice: Notice }),
  z.object({
    type: z.literal("canvas"),
    version: z.int(),
    by: z.string().nullable(),
    branch: z.string().optional(),
  }),
  /** A branch has a new commit, was made or brought back; null: it was discarded. */
  z.object({ type: z.literal("branch"), name: z.string(), commit: z.string().nullable() }),
  /** What somebody pushed brought, changed or took away files of the project: lists of them look again. */
  z.object({ type: z.literal("files"), commit: z.string() }),
  /** Who has which of the project's files locked has changed. */
  z.object({ type: z.literal("locks") }),
  /** To every screen of the studio: the library has something new. */
  z.object({ type: z.literal("library") }),
]);
export type StudioEvent = z.infer<typeof StudioEvent>;

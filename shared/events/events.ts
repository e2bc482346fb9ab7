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
  takes: z.array(Take),
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
  z.object({ type: z.literal("take"), take: Take }),
  z.object({ type: z.literal("export"), export: Export }),
  z.object({ type: z.literal("agent"), agent: Agent }),
  z.object({ type: z.literal("agent_removed"), agent_id: z.string() }),
  z.object({ type: z.literal("notice"), notice: Notice }),
  /** What somebody pushed brought, changed or took away files of the project: lists of them look again. */
  z.object({ type: z.literal("files"), commit: z.string() }),
  /** Who has which of the project's files locked has changed. */
  z.object({ type: z.literal("locks") }),
  /** To every screen of the studio: the library has something new. */
  z.object({ type: z.literal("library") }),
  z.object({ type: z.literal("canvas"), version: z.int(), by: z.string().nullable() }),
]);
export type StudioEvent = z.infer<typeof StudioEvent>;

import { z } from "zod";
import { Id } from "../ids.ts";

/** Characters of a log that are kept: the end of it. */
export const LOG_TAIL = 8000;

/** PUT /api/agent/leases/:l/log: the last lines of the work, instead of those sent before. */
export const LogBody = z.strictObject({ tail: z.string().max(LOG_TAIL * 2) });

/** GET /api/jobs/:j/log: what the machine said last about a job that runs or failed. Prompts and secrets are left out of it. */
export const JobLog = z.object({
  job_id: Id,
  /** Lines, oldest first; empty when the machine said nothing, or the job succeeded. */
  log_tail: z.string(),
  log_at: z.iso.datetime().nullable(),
  /** Name of the agent that has or had it. */
  agent: z.string().nullable(),
  attempt: z.int(),
  /** Of the last picture it sent, a JPEG; null without one. */
  image_url: z.string().nullable(),
  image_at: z.iso.datetime().nullable(),
});
export type JobLog = z.infer<typeof JobLog>;

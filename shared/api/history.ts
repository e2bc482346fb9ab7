import { z } from "zod";

/** A commit of a project, newest first: GET /api/projects/:p/history */
export const HistoryEntry = z.object({
  /** 40 hexadecimal digits. */
  commit: z.string(),
  /** The name in the commit; people push under names of their own choosing. */
  author: z.string(),
  /** First line of the message. */
  subject: z.string(),
  /** The rest of it. */
  body: z.string(),
  committed_at: z.iso.datetime(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

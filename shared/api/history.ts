import { z } from "zod";
import { Take } from "./work.ts";

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

/** One thing that a commit did to the project, in words. */
export const HistoryChange = z.object({
  kind: z.enum(["added", "removed", "moved", "changed", "wired", "unwired", "project"]),
  /** The node it is about, as it was called after the commit (before it, when removed). */
  node_id: z.string().nullable(),
  sentence: z.string(),
});
export type HistoryChange = z.infer<typeof HistoryChange>;

/** A shot whose chosen take is another since this commit. A name that is no take of the project has no take beside it. */
export const HistoryTake = z.object({
  shot: z.string(),
  node_id: z.string(),
  before: z.object({ name: z.string(), take: Take.nullable() }).nullable(),
  after: z.object({ name: z.string(), take: Take.nullable() }).nullable(),
});

/** GET /api/projects/:p/history/:commit: the commit against its (first) parent. */
export const HistoryDetail = HistoryEntry.extend({
  parent: z.string().nullable(),
  changes: z.array(HistoryChange),
  takes: z.array(HistoryTake),
  /** At most 200. */
  files: z.array(z.object({ path: z.string(), change: z.enum(["added", "changed", "removed"]) })),
  files_total: z.int(),
  /** Why changes and takes are not told: project.json of this commit or its parent can't be read. */
  fault: z.string().nullable(),
  /** Nodes of this version, which can each be restored alone. */
  nodes: z.array(z.object({ id: z.string(), title: z.string() })),
});
export type HistoryDetail = z.infer<typeof HistoryDetail>;

/** POST …/history/:commit/restore: the whole canvas as it was, or one node. */
export const RestoreHistory = z.strictObject({ node_id: z.string().max(64).optional() });

/** The name of a Git tag, so without spaces. */
export const MilestoneName = z.string().max(60).regex(
  /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|$|lock$))*$/,
  "must be letters, digits, -, _ and single dots, and begin with a letter or digit",
);
export const CreateMilestone = z.strictObject({
  name: MilestoneName,
  /** What it stands for, one line. */
  message: z.string().trim().max(200).refine((text) => !/\p{Cc}/u.test(text), "must be one line").default(
    "",
  ),
  /** @default what the project is now */
  commit: z.string().regex(/^[0-9a-f]{40}$/, "must be a commit of 40 hexadecimal digits").optional(),
});
export const Milestone = z.object({
  name: z.string(),
  commit: z.string(),
  message: z.string(),
  /** Empty for a bare tag that somebody pushed. */
  author: z.string(),
  marked_at: z.iso.datetime(),
});
export type Milestone = z.infer<typeof Milestone>;

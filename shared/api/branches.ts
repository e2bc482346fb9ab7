import { z } from "zod";
import { BranchName, MAIN } from "../project/branch.ts";
import { HistoryChange, HistoryTake } from "./history.ts";

/** `?branch=` of everything that belongs to one: canvas, history, jobs, takes, renders, sockets. */
export const BranchQuery = z.object({ branch: z.string().max(200).default(MAIN) });

const Commit = z.string().regex(/^[0-9a-f]{40}$/, "must be a commit of 40 hexadecimal digits");
const BranchTitle = z.string().trim().min(1).max(60).refine(
  (text) => !/\p{Cc}/u.test(text),
  "must be one line",
);

/** A creative direction of a project, with a canvas of its own. */
export const Branch = z.object({
  /** Git's name. */
  name: z.string(),
  title: z.string(),
  /** Its newest commit; null while the repository has none by this name. */
  commit: z.string().nullable(),
  /** When and by whom that was made. */
  changed_at: z.iso.datetime().nullable(),
  changed_by: z.string().nullable(),
  /** Commits that it has and main has not, and the other way round. */
  ahead: z.int(),
  behind: z.int(),
  made_by: z.string().nullable(),
  made_at: z.iso.datetime().nullable(),
  /** Null: it is in use. */
  discarded: z.object({ by: z.string(), at: z.iso.datetime() }).nullable(),
});
export type Branch = z.infer<typeof Branch>;

/** POST /api/projects/:p/branches */
export const CreateBranch = z.strictObject({
  title: BranchTitle,
  /** @default made of the title */
  name: BranchName.optional(),
  /** @default what is on its canvas now */
  from: z.string().max(200).default(MAIN),
  /** A version of the project to begin with instead: any commit that a branch or milestone holds. */
  commit: Commit.optional(),
});
/** PATCH /api/projects/:p/branches/:branch */
export const UpdateBranch = z.strictObject({ title: BranchTitle });

/** A value before and after, as a person reads it; null: there was none. */
export const FieldDifference = z.object({
  field: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type FieldDifference = z.infer<typeof FieldDifference>;

/** Canvas pixels; without a size it is drawn as its kind is. */
const NodeBox = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().nullable(),
  height: z.int().nullable(),
});

export const NodeDifference = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  /** `same` ones are there so that the others can be seen in their place. */
  change: z.enum(["added", "removed", "moved", "changed", "same"]),
  before: NodeBox.nullable(),
  after: NodeBox.nullable(),
  fields: z.array(FieldDifference),
});
export type NodeDifference = z.infer<typeof NodeDifference>;

export const WireDifference = z.object({
  source: z.string(),
  target: z.string(),
  change: z.enum(["added", "removed", "same"]),
});

const Side = z.object({
  /** Null: a commit was asked for. */
  branch: z.string().nullable(),
  title: z.string(),
  commit: z.string(),
});

/** GET /api/projects/:p/compare?from=…&to=…: two branches or commits beside each other. */
export const Comparison = z.object({
  from: Side,
  to: Side,
  nodes: z.array(NodeDifference),
  wires: z.array(WireDifference),
  /** The project's own: title, quality, … */
  settings: z.array(FieldDifference),
  changes: z.array(HistoryChange),
  takes: z.array(HistoryTake),
  /** At most 200. */
  files: z.array(z.object({ path: z.string(), change: z.enum(["added", "changed", "removed"]) })),
  files_total: z.int(),
});
export type Comparison = z.infer<typeof Comparison>;

export const CompareQuery = z.object({
  /** Branches by name, or commits. */
  from: z.string().min(1).max(200),
  to: z.string().min(1).max(200),
});

export const MergeSide = z.enum(["mine", "theirs"]);
export type MergeSide = z.infer<typeof MergeSide>;

/** Something that both sides changed, each otherwise. `mine` is the branch that is merged into. */
export const MergeConflict = z.object({
  id: z.string(),
  kind: z.enum(["field", "place", "node", "wire", "name", "take", "setting", "file"]),
  node_id: z.string().nullable(),
  /** The node's, or the file's path. */
  title: z.string(),
  field: z.string().nullable(),
  sentence: z.string(),
  /** As a person reads them; null: nothing there. */
  base: z.string().nullable(),
  mine: z.string().nullable(),
  theirs: z.string().nullable(),
  /** Where another take is chosen. */
  takes: HistoryTake.nullable(),
  /** What was chosen; null: nothing yet. */
  choice: MergeSide.nullable(),
});
export type MergeConflict = z.infer<typeof MergeConflict>;

/** POST /api/projects/:p/branches/:branch/merge: that branch into another. */
export const MergeRequest = z.strictObject({
  into: z.string().max(200).default(MAIN),
  /** Without it nothing is changed: the answer is what would be. */
  apply: z.boolean().default(false),
  /** By the conflicts' ids. */
  choices: z.record(z.string().max(400), MergeSide).default({}),
  /** For all conflicts that have no choice of their own. */
  all: MergeSide.optional(),
  /** The commits that were looked at: 409 when either branch has moved on. */
  from_commit: Commit.optional(),
  into_commit: Commit.optional(),
});

export const MergePlan = z.object({
  from: Side,
  into: Side,
  /** `nothing`: the other has all of it already. */
  state: z.enum(["nothing", "clean", "conflicts", "merged"]),
  /** What it does to the branch that is merged into, by the choices so far. */
  changes: z.array(HistoryChange),
  takes: z.array(HistoryTake),
  /** At most 200. */
  files: z.array(z.object({ path: z.string(), change: z.enum(["added", "changed", "removed"]) })),
  files_total: z.int(),
  conflicts: z.array(MergeConflict),
  /** The merge commit, once it is made. */
  commit: z.string().nullable(),
});
export type MergePlan = z.infer<typeof MergePlan>;

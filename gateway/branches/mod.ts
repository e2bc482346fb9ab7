import type { z } from "zod";
import type { Branch, CreateBranch, MergePlan, MergeRequest } from "../../shared/api/branches.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { RefChange } from "../pushes/refs.ts";

/** A branch beside main. */
export interface BranchRow {
  project_id: string;
  tenant_id: string;
  name: string;
  title: string;
  settings: Settings;
  begun_sha: string;
  made_by: string;
  made_at: Date;
  discarded_by: string | null;
  discarded_at: Date | null;
  kept_ref: string | null;
  doing: "make" | "discard" | "restore" | null;
}

/** What a branch may have otherwise than its project. */
export type Settings = Partial<Pick<ProjectRow, "title" | "description" | "quality">>;

/** Who does something, for history and the audit log. */
export interface Who {
  name: string;
  user_id?: string;
}

/** Creative directions: each with its own canvas, choices and commits. Takes and their numbers are the project's. */
export interface Branches {
  /** The project as a branch in use has it. ProblemError not_found when there is none of that name. */
  at(project: ProjectRow, name: string): Promise<ProjectRow>;
  /** As at(), also for one that was discarded, and without asking Git. */
  known(q: Querier, project: ProjectRow, name: string): Promise<ProjectRow>;
  /** What the Git room calls it: its name or, since it was discarded, the ref that keeps it. */
  refOf(project: { id: string }, name: string): Promise<string>;
  setSettings(
    tx: Tx,
    project: ProjectRow,
    settings: { [Key in keyof Settings]: Settings[Key] | undefined },
  ): Promise<ProjectRow>;

  /** Main first, then the one that changed last; with `discarded` those that can be brought back. */
  list(project: ProjectRow, options: { discarded: boolean }): Promise<Branch[]>;
  find(project: ProjectRow, name: string): Promise<Branch>;
  create(project: ProjectRow, body: z.infer<typeof CreateBranch>, user: UserPrincipal): Promise<Branch>;
  rename(project: ProjectRow, name: string, title: string): Promise<Branch>;
  /** Its commits stay, under a ref of the studio's. */
  discard(project: ProjectRow, name: string, who: Who): Promise<Branch>;
  restore(project: ProjectRow, name: string, who: Who): Promise<Branch>;
  /** What a merge would do, or does with `apply`. ProblemError conflict when choices are missing or a branch has moved on. */
  merge(
    project: ProjectRow,
    from: string,
    body: z.infer<typeof MergeRequest>,
    user: UserPrincipal,
  ): Promise<z.infer<typeof MergePlan>>;

  /** A branch that somebody pushed: its row and canvas, made from the commit unless they are there. */
  adopt(project: ProjectRow, name: string, from: { at: string; by: string }): Promise<ProjectRow>;
  /** Why a push may not make these branches, as sentences. */
  pushFaults(project: ProjectRow, changes: RefChange[], env: Record<string, string>): Promise<string[]>;
  /** The tip of a discarded branch of this name. */
  keptTip(project: ProjectRow, name: string): Promise<string | null>;
  /** A push that deletes the branch is about to: kept at `tip`, and discarded when the push has ended. */
  pushedAway(project: ProjectRow, name: string, tip: string, who: Who): Promise<void>;
  /** Ends what a gateway that died has begun with this project's refs. */
  finish(project: ProjectRow): Promise<void>;
  /** finish() for all projects. */
  repair(): Promise<void>;
}

export { createBranches } from "./branches.ts";
export { branchRoutes } from "./routes.ts";

import type { Querier } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";

/** One file of a commit: its new content, or null to remove it. */
export interface Change {
  path: string;
  content: string | Uint8Array | null;
  /** In place of content: a blob that the repository has, and its mode. Only {@link importCommit} takes it. */
  blob?: string;
  mode?: string;
}

/** What a repository's place on disk is made of: a project's, or a library's. */
export type Place = Pick<ProjectRow, "tenant_slug" | "slug">;

export interface GitRoom extends AsyncDisposable {
  /** Bare, with the scaffold of DESIGN.md 8 and this project.json as the first commit. Done twice changes nothing. */
  createRepository(project: ProjectRow, manifest: string): Promise<void>;
  /** Bare, with these files as the first commit. Done twice changes nothing. */
  begin(place: Place, first: { message: string; changes: Change[] }): Promise<void>;
  /** Whether what lies under the project's name is an import's leaving: clears it away, or takes it for the project's own. */
  settleImport(project: ProjectRow): Promise<void>;
  /** Directory of the bare repository. */
  path(project: { tenant_slug: string; slug: string }): string;
  /** @param branch by default the one the project is looked at on; of a library main */
  head(project: Place & { branch?: string }, branch?: string): Promise<string | null>;
  readFile(project: Place & { branch?: string }, path: string, branch?: string): Promise<Uint8Array | null>;
  /**
   * One commit by the gateway, compare-and-swap against pushes. Null when the files are so already. With `onto`, the commit that
   * the changes were made from: BranchMoved when the branch is at another.
   */
  commit(
    project: Place & { branch?: string },
    commit: { message: string; author: string; changes: Change[]; branch?: string; onto?: string },
  ): Promise<string | null>;
  /** Runs while this gateway commits nothing to the project's repository. */
  alone<T>(project: ProjectRow, work: (gitDir: string) => Promise<T>): Promise<T>;
  /** The outbox has something for this project: commit it soon (many rows, one commit). */
  wake(projectId: string): void;
  /** Somebody is about to push to the project: the commits of all gateways wait for a moment; `wayIsFree`: the push has arrived. */
  giveWay(projectId: string, who: string): void;
  wayIsFree(projectId: string, who: string): void;
  /** Until the outbox of the project (of all; of these branches) is empty; throws what stands in its way. */
  settle(projectId?: string, branches?: readonly string[]): Promise<void>;
}

/** What an outbox row means in files; given by the rooms that own the subject. */
export interface OutboxWriter {
  changes(
    q: Querier,
    row: { project_id: string; branch: string; subject: string | null },
  ): Promise<{ message: string; changes: Change[] } | null>;
  /** In the transaction that closes the row. What it returns is called after that transaction: the place for events. */
  committed(
    q: Querier,
    row: { project_id: string; branch: string; subject: string | null },
    sha: string,
  ): Promise<void | (() => void | Promise<void>)>;
}
export type OutboxKind = "take" | "export" | "manifest" | "asset";
export type OutboxWriters = Record<OutboxKind, OutboxWriter>;

export { createGit } from "./git.ts";
export { enqueue } from "./outbox.ts";
export { gitAttributes, isLfsExtension } from "./attributes.ts";
export { repositoryExists } from "./create_repository.ts";
export { BranchMoved } from "./swap.ts";
export { blobContents, blobSizes, blobTexts } from "./blobs.ts";
export { brokenOffIn } from "./broken_off.ts";
export { bundleOf, clearAbandonedImport, importOf, type Prepared, repositoryFromBundle } from "./bundle.ts";
export { listTree, type TreeFile } from "./tree.ts";
export { importCommit, personName } from "./fast_import.ts";
export { branchRef, KEPT, pathFault } from "./paths.ts";
export { headOf, swapRef } from "./swap.ts";
/** Git itself, for the rooms that read repositories: pushes and history. */
export { git, GitError, spawnGit, tryGit } from "./process.ts";
export { gitRoutes } from "./routes.ts";
export { historyRoutes } from "./history.ts";

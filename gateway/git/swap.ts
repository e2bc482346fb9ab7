import { whatDiffers } from "./differs.ts";
import { importCommit } from "./fast_import.ts";
import { branchRef } from "./paths.ts";
import { GitError, tryGit } from "./process.ts";
import { removeStaleLock } from "./stale_locks.ts";
import type { Change } from "./mod.ts";

/** A push that takes the branch away wins each time, and somebody wins in every round; this long is a fault. */
const PATIENCE_MS = 60_000;

/** The branch is no longer what the changes were made from: look again and make them anew. */
export class BranchMoved extends Error {
  override name = "BranchMoved";
}

/** The commit a branch points at; null when there is no such branch. */
export async function headOf(gitDir: string, branch: string): Promise<string | null> {
  const result = await tryGit(["rev-parse", "--verify", "--quiet", branchRef(branch)], { gitDir });
  if (result.code === 0) return new TextDecoder().decode(result.stdout).trim();
  // 1 is "no such ref"; anything else (no repository, no access) must not look like an empty branch.
  if (result.code === 1) return null;
  throw new GitError(`Cannot read branch ${branch} of ${gitDir}`, result.stderr);
}

/**
 * Puts the changes on a branch as one commit: written on top of what the branch is, then swapped in only if it still is
 * that. A push in between is kept, and the commit is made again on top of it; with `onto`, the commit that the changes
 * were made from, it is BranchMoved instead. Null when the files are so already.
 */
export async function commitToBranch(
  gitDir: string,
  branch: string,
  commit: { message: string; author: string; changes: Change[]; onto?: string },
  seams: { beforeSwap?: () => Promise<void> } = {},
): Promise<string | null> {
  const until = Date.now() + PATIENCE_MS;
  for (let attempt = 0;; attempt++) {
    const parent = await headOf(gitDir, branch);
    if (!parent && commit.onto !== undefined) throw new BranchMoved(`${branch} of ${gitDir} is gone`);
    if (!parent) throw new GitError(`Cannot commit: ${gitDir} has no branch ${branch}`, "");
    if (commit.onto !== undefined && parent !== commit.onto) {
      throw new BranchMoved(`${branch} of ${gitDir} is at ${parent} now, not at ${commit.onto}`);
    }
    // Looked at before: a commit made in vain would lie about in the repository as a dangling object.
    const changes = await whatDiffers(gitDir, parent, commit.changes);
    if (changes.length === 0) return null;
    const made = await importCommit(gitDir, { ...commit, changes, parent });
    await seams.beforeSwap?.();
    if (await swapRef(gitDir, branch, { from: parent, to: made }, until)) return made;
    await pause(Math.min(500, 5 * 2 ** attempt));
  }
}

/**
 * Moves a branch if it still is where it was; false when it is not, or a push holds it just now. GitError for anything else,
 * and after `until`.
 */
export async function swapRef(
  gitDir: string,
  branch: string,
  { from, to }: { from: string; to: string },
  until = Infinity,
): Promise<boolean> {
  const swapped = await tryGit(["update-ref", branchRef(branch), to, from], { gitDir });
  if (swapped.code === 0) return true;
  const moved = /but expected|reference already exists|unable to resolve reference/.test(swapped.stderr);
  const locked = /\.lock': File exists/.test(swapped.stderr);
  if (!moved && !locked || Date.now() > until) {
    throw new GitError(`Cannot move branch ${branch} of ${gitDir}`, swapped.stderr);
  }
  // A lock that is not stale belongs to a push that is just ending.
  if (locked) await removeStaleLock(gitDir, swapped.stderr);
  return false;
}

/** Somewhere between nothing and `ms`, so that those who lost together do not meet again. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms * Math.random()));
}

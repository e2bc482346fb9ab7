import type { HistoryEntry } from "../../shared/api/history.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { git, KEPT, tryGit } from "../git/mod.ts";

/** Files of a commit that are named. */
const MOST_FILES = 200;
/** The tree of no commit: what a first commit is compared with. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export interface Commit {
  entry: HistoryEntry;
  /** First parent; null for the first commit. */
  parent: string | null;
}

/** A commit that a branch or milestone of the project holds; ProblemError not_found for anything else. */
export async function findCommit(gitDir: string, commit: string): Promise<Commit> {
  const missing = new ProblemError(
    "not_found",
    "This project has no such commit; see its history for those it has.",
  );
  if (!/^[0-9a-f]{40}$/.test(commit)) throw missing;
  // Objects that no branch holds may be another's refused push, or a commit that lost a race.
  const held = await tryGit([
    "for-each-ref",
    "--count=1",
    `--contains=${commit}`,
    "--format=%(refname)",
    "refs/heads",
    "refs/tags",
    // Looked at before it is brought back.
    KEPT,
  ], { gitDir });
  if (held.code !== 0 || held.stdout.length === 0) throw missing;
  const said = await git([
    "show",
    "--no-patch",
    // Message last: it alone may hold the separator.
    "--format=%P%x1f%an%x1f%ct%x1f%s%x1f%b",
    commit,
    "--",
  ], { gitDir });
  const [parents = "", author = "", seconds = "0", subject = "", ...body] = said.split("\x1f");
  return {
    parent: parents.split(" ")[0] || null,
    entry: {
      commit,
      author,
      subject,
      body: body.join("\x1f").trim(),
      committed_at: new Date(Number(seconds) * 1000).toISOString(),
    },
  };
}

const WORDS = { A: "added", M: "changed", T: "changed", D: "removed" } as const;

export function filesOf(gitDir: string, { entry, parent }: Commit) {
  return filesBetween(gitDir, parent ?? EMPTY_TREE, entry.commit);
}

/** What one commit's tree has otherwise than another's. */
export async function filesBetween(gitDir: string, before: string, after: string) {
  const said = await git([
    "diff-tree",
    "-r",
    "-z",
    "--name-status",
    "--no-renames",
    before,
    after,
  ], { gitDir });
  const fields = said.split("\0").slice(0, -1);
  const files: { path: string; change: (typeof WORDS)[keyof typeof WORDS] }[] = [];
  for (let at = 0; at < fields.length && files.length < MOST_FILES; at += 2) {
    files.push({ path: fields[at + 1]!, change: WORDS[fields[at] as keyof typeof WORDS] ?? "changed" });
  }
  return { files, files_total: fields.length / 2 };
}

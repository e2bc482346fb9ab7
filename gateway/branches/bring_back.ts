import { openDesk } from "../../shared/canvas/merge/clash.ts";
import { enqueue, git, headOf, importCommit, swapRef, tryGit } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { mergeFiles } from "./merge_files.ts";
import type { BranchRow } from "./mod.ts";

/**
 * A discarded branch that somebody pushed again, while what came to it late (a take, a change of its canvas) was committed to where it
 * was kept: both go on in one line. Its project.json is written anew from its canvas. Call it before the ref that keeps it goes.
 */
export async function joinKept(studio: Studio, project: ProjectRow, row: BranchRow): Promise<void> {
  const gitDir = studio.git.path(project);
  for (;;) {
    const tip = await headOf(gitDir, row.name);
    const kept = row.kept_ref === null ? null : await headOf(gitDir, row.kept_ref);
    if (tip === null || kept === null || await isIn(gitDir, kept, tip)) return;
    const base = (await git(["merge-base", tip, kept], { gitDir })).trim();
    const to = base === tip ? kept : await join(gitDir, row, { base, tip, kept });
    // Before it moves: a row too many changes nothing.
    const { id: project_id, tenant_id } = project;
    const about = { tenant_id, project_id, branch: row.name, subject: null, author: "Studio" };
    await enqueue(studio.db.sql, { ...about, kind: "manifest" });
    if (await swapRef(gitDir, row.name, { from: tip, to })) return;
  }
}

async function isIn(gitDir: string, commit: string, tip: string): Promise<boolean> {
  return (await tryGit(["merge-base", "--is-ancestor", commit, tip], { gitDir })).code === 0;
}

/** What was pushed, and the files that came late. */
async function join(
  gitDir: string,
  { title }: BranchRow,
  { base, tip, kept }: { base: string; tip: string; kept: string },
): Promise<string> {
  const files = await mergeFiles(gitDir, openDesk(() => "mine"), { base, mine: tip, theirs: kept });
  return await importCommit(gitDir, {
    message: `Bring back ${title} with what came to it meanwhile`,
    author: "Studio",
    parent: tip,
    merges: kept,
    changes: files.map(({ change }) => change),
  });
}

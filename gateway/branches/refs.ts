import { branchRef, git, headOf, tryGit } from "../git/mod.ts";
import type { BranchRow } from "./mod.ts";

/** Ref of a discarded branch: what it was called and when that was. */
export function keptRef(prefix: string, name: string, at: Date): string {
  return `${prefix}${name}-${at.toISOString().replace(/\D/g, "")}`;
}

/**
 * Makes the refs what the row says is being done, whatever of it was done before: one transaction of Git's, in which a branch never
 * is nowhere.
 */
export async function moveRefs(gitDir: string, row: BranchRow): Promise<void> {
  const tip = await headOf(gitDir, row.name);
  const own = branchRef(row.name);
  if (row.doing === "make") {
    if (tip === null) await updateRefs(gitDir, [`create ${own}\0${row.begun_sha}\0`]);
    return;
  }
  const kept = row.kept_ref === null ? null : await headOf(gitDir, row.kept_ref);
  if (row.doing === "discard" && tip !== null) {
    await updateRefs(gitDir, [`update ${row.kept_ref}\0${tip}\0\0`, `delete ${own}\0${tip}\0`]);
  }
  if (row.doing === "restore" && kept !== null) {
    // Somebody may have pushed it anew, on top of what was kept.
    const back = tip === null ? [`create ${own}\0${kept}\0`] : [];
    await updateRefs(gitDir, [...back, `delete ${row.kept_ref}\0${kept}\0`]);
  }
}

/** Another ref holds these commits, whatever becomes of the branch. */
export async function keep(gitDir: string, ref: string, commit: string): Promise<void> {
  await updateRefs(gitDir, [`update ${ref}\0${commit}\0\0`]);
}

/** All or none. */
async function updateRefs(gitDir: string, commands: string[]): Promise<void> {
  const stdin = new TextEncoder().encode(commands.join(""));
  await git(["update-ref", "--stdin", "-z"], { gitDir, stdin });
}

export interface Tip {
  commit: string;
  at: string;
  by: string;
  ahead: number;
  behind: number;
}

/** The newest commits of refs, by ref, with how far each is from main. */
export async function readTips(gitDir: string, refs: string[]): Promise<Map<string, Tip>> {
  const format = "%(refname)%00%(objectname)%00%(committerdate:unix)%00%(authorname)";
  const said = refs.length ? await git(["for-each-ref", `--format=${format}`, ...refs], { gitDir }) : "";
  const tips = new Map<string, Tip>();
  for (const line of said.split("\n").filter(Boolean)) {
    const [ref = "", commit = "", seconds = "0", by = ""] = line.split("\0");
    const at = new Date(Number(seconds) * 1000).toISOString();
    tips.set(ref, { commit, at, by, ...await distance(gitDir, commit) });
  }
  return tips;
}

async function distance(gitDir: string, commit: string): Promise<{ ahead: number; behind: number }> {
  const counted = await tryGit(["rev-list", "--left-right", "--count", `${commit}...refs/heads/main`], {
    gitDir,
  });
  const [ahead = 0, behind = 0] = new TextDecoder().decode(counted.stdout).trim().split(/\s+/).map(Number);
  return counted.code === 0 ? { ahead, behind } : { ahead: 0, behind: 0 };
}

/** Names of the branches that the repository has. */
export async function headNames(gitDir: string): Promise<Map<string, string>> {
  const said = await git(["for-each-ref", "--format=%(refname:lstrip=2)%00%(objectname)", "refs/heads"], {
    gitDir,
  });
  return new Map(said.split("\n").filter(Boolean).map((line) => line.split("\0") as [string, string]));
}

/** Paths of a commit's takes. */
export async function takePaths(gitDir: string, commit: string): Promise<string[]> {
  const said = await git(["ls-tree", "-r", "-z", "--name-only", commit, "03_Renders/"], { gitDir });
  return said.split("\0").filter(Boolean);
}

import type { Branch } from "../../shared/api/branches.ts";
import { MAIN } from "../../shared/project/branch.ts";
import { branchRef } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { BranchRow } from "./mod.ts";
import type { Tip } from "./refs.ts";

/** Main first, then the one that changed last. */
export function viewBranches(
  project: ProjectRow,
  rows: BranchRow[],
  tips: ReadonlyMap<string, Tip>,
  main: boolean,
): Branch[] {
  const of = (tip: Tip | undefined) => ({
    commit: tip?.commit ?? null,
    changed_at: tip?.at ?? null,
    changed_by: tip?.by ?? null,
    ahead: tip?.ahead ?? 0,
    behind: tip?.behind ?? 0,
  });
  const others = rows.map((row): Branch => ({
    name: row.name,
    title: row.title,
    ...of(tips.get(branchRef(row.kept_ref ?? row.name))),
    made_by: row.made_by,
    made_at: row.made_at.toISOString(),
    discarded: row.discarded_at
      ? { by: row.discarded_by ?? "Studio", at: row.discarded_at.toISOString() }
      : null,
  })).sort((a, b) => (b.changed_at ?? "") < (a.changed_at ?? "") ? -1 : 1);
  const first: Branch = {
    name: MAIN,
    title: "Main",
    ...of(tips.get(branchRef(MAIN))),
    made_by: null,
    made_at: project.created_at.toISOString(),
    discarded: null,
  };
  return main ? [first, ...others] : others;
}

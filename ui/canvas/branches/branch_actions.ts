import { MAIN } from "../../../shared/project/branch.ts";
import type { Action } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

/** The branch that this one is most likely held against. */
export function otherThan(workspace: Workspace): string {
  if (workspace.branch !== MAIN) return MAIN;
  return workspace.branches.all.value?.find((branch) => branch.name !== MAIN)?.name ?? MAIN;
}

const hasOthers = (workspace: Workspace) => (workspace.branches.all.value?.length ?? 0) > 1;

/** Part of the one action table. */
export const BRANCH_ACTIONS: readonly Action[] = [
  {
    id: "new_branch",
    label: "New branch from here",
    run: (workspace) => workspace.branching.value = { kind: "new" },
  },
  {
    id: "compare_branches",
    label: "Compare branches",
    when: hasOthers,
    run: (workspace) =>
      workspace.branching.value = { kind: "compare", from: otherThan(workspace), to: workspace.branch },
  },
  {
    id: "merge_branch",
    label: "Merge a branch",
    when: hasOthers,
    run: (workspace) =>
      workspace.branching.value = workspace.branch === MAIN
        ? { kind: "merge", from: otherThan(workspace), into: MAIN }
        : { kind: "merge", from: workspace.branch, into: MAIN },
  },
];

import { useWorkspace } from "../workspace.ts";
import { CompareVersions } from "./compare_versions.tsx";
import { MergeBranches } from "./merge_branches.tsx";
import { RenameBranch } from "./rename_branch.tsx";
import { NewBranch } from "./new_branch.tsx";

/** Whatever is being done with branches. */
export function BranchDialogs() {
  const { branching } = useWorkspace();
  const doing = branching.value;
  if (doing?.kind === "new") return <NewBranch {...doing} />;
  if (doing?.kind === "rename") return <RenameBranch {...doing} />;
  if (doing?.kind === "compare") return <CompareVersions key={`${doing.from} ${doing.to}`} {...doing} />;
  if (doing?.kind === "merge") return <MergeBranches key={`${doing.from} ${doing.into}`} {...doing} />;
  return null;
}

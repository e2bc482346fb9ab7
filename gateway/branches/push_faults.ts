import { inTheWay, MAIN } from "../../shared/project/branch.ts";
import { branchRef, tryGit } from "../git/mod.ts";
import type { RefChange } from "../pushes/refs.ts";
import type { BranchRow } from "./mod.ts";

/**
 * A name means one branch for ever, as a take's number means one take: one that was discarded may be pushed again where it goes on
 * from what it was, which brings it back.
 */
export async function pushFaults(
  gitDir: string,
  rows: BranchRow[],
  changes: RefChange[],
  env: Record<string, string>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { ref, before, after } of changes) {
    const name = ref.replace(/^refs\/heads\//, "");
    const isNew = /^0+$/.test(before);
    if (name === ref || !isNew) continue;
    const kept = rows.find((row) => row.name === name)?.kept_ref;
    const other = [MAIN, ...rows.map((row) => row.name)].find((each) => inTheWay(each, name));
    if (other !== undefined) {
      faults.push(`${name} cannot be beside the branch ${other}: to Git one would be a folder of the other.`);
    } else if (kept && !await holds(gitDir, branchRef(kept), after, env)) {
      faults.push(
        `The branch ${name} was discarded, and this is another one. Bring it back in the studio and go on ` +
          `from it, or push under another name.`,
      );
    }
  }
  return faults;
}

async function holds(
  gitDir: string,
  ref: string,
  commit: string,
  env: Record<string, string>,
): Promise<boolean> {
  return (await tryGit(["merge-base", "--is-ancestor", ref, commit], { gitDir, env })).code === 0;
}

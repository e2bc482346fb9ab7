import { branchNameFault, MAIN } from "../../shared/project/branch.ts";
import { tryGit } from "../git/mod.ts";

/** One line of a push: a ref, what it was and what it is to be. */
export interface RefChange {
  ref: string;
  before: string;
  after: string;
}

export const NO_COMMIT = "0".repeat(40);

/** The lines that Git gives its pre-receive hook: `<old> <new> <ref>`. */
export function parseRefChanges(lines: string): RefChange[] {
  return lines.split("\n").filter(Boolean).map((line) => {
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/.exec(line);
    if (!match) throw new Error(`Git gave its hook a line that is none: ${line.slice(0, 200)}`);
    return { before: match[1]!, after: match[2]!, ref: match[3]! };
  });
}

/** The branch that a ref is; null for a tag. */
export function branchOf(ref: string): string | null {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}

/** Why the ref may not become that, as a sentence; null when it may. */
export async function refFault(
  gitDir: string,
  { ref, before, after }: RefChange,
  env: Record<string, string>,
): Promise<string | null> {
  const name = ref.replace(/^refs\/(?:heads|tags)\//, "");
  const isTag = ref.startsWith("refs/tags/");
  if (!isTag && !ref.startsWith("refs/heads/")) {
    return `${ref} is neither a branch nor a tag; a project takes only those.`;
  }
  if (!isTag && branchNameFault(name)) return `${name} cannot be a branch: ${branchNameFault(name)}.`;
  if (after === NO_COMMIT) {
    if (isTag) return `The tag ${name} stays: milestones are part of the project's history.`;
    // Another is discarded by it, and can be brought back.
    return name === MAIN ? `The branch ${name} stays: it is the project itself.` : null;
  }
  if (isTag && before !== NO_COMMIT) {
    return `The tag ${name} exists already, and a milestone does not move; choose another name.`;
  }
  const commit = await tryGit(["rev-parse", "--verify", "--quiet", `${after}^{commit}`], { gitDir, env });
  if (commit.code !== 0) return `${name} names no commit; branches and tags of a project do.`;
  if (isTag || before === NO_COMMIT) return null;
  const follows = await tryGit(["merge-base", "--is-ancestor", before, after], { gitDir, env });
  if (follows.code === 0) return null;
  return `${name} would lose commits that it has: history is not rewritten. ` +
    `Run \`git pull\` (or \`git pull --rebase\`), then push again without --force.`;
}

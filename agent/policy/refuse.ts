import type { Lease } from "../../shared/agents/protocol.ts";
import { runnerOf } from "../../shared/jobs/job.ts";
import type { Policy } from "./policy.ts";

/** Why this job is not for this machine, in words that its project may read; null when it is. */
export function refusal(policy: Policy, lease: Pick<Lease, "project" | "spec">): string | null {
  const { project, spec } = lease;
  if (!lendsTo(policy, project)) return "the owner of this machine does not lend it to this project";
  if (!lends(policy, runnerOf(spec))) {
    return "the owner of this machine does not lend it for this runner";
  }
  // Which word it was stays with the owner.
  if (spec.kind === "generate" && hasWord(policy.refuse_words, texts(spec.params))) {
    return "the owner of this machine refuses prompts with certain words";
  }
  return null;
}

/** Whether this machine is lent for a runner (or `assemble`), at any tier. */
export function lends(policy: Policy, runner: string): boolean {
  const { allow, deny } = policy.runners;
  return !deny.includes(runner) && (allow.length === 0 || allow.includes(runner));
}

/** By id, or by title whatever its case. */
function lendsTo({ projects }: Policy, { id, title }: Lease["project"]): boolean {
  const named = (names: string[]) =>
    names.some((name) => name.toLowerCase() === id || sameWords(name, title));
  return !named(projects.deny) && (projects.allow.length === 0 || named(projects.allow));
}

function sameWords(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** Whole words: refusing "ass" refuses no "class". Words are what Unicode calls letters, marks and digits. */
function hasWord(words: readonly string[], text: string): boolean {
  return words.some((word) => {
    const escaped = word.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${escaped}(?![\\p{L}\\p{M}\\p{N}])`, "iu").test(text);
  });
}

/** Prompts lie among the parameters, each runner's under its own name. */
function texts(params: Record<string, unknown>): string {
  return Object.values(params).filter((value) => typeof value === "string").join("\n");
}

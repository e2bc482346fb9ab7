import { join } from "@std/path";
import { branchNameFault } from "../../shared/project/branch.ts";

const TENANT = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const PROJECT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Where discarded branches are kept; fetches don't show it. */
export const KEPT = "refs/studio/discarded/";

/** `<data>/repositories/<tenant>/<project>.git`. Throws when a slug is not one: it would be a path of someone's choosing. */
export function repositoryPath(dataDir: string, project: { tenant_slug: string; slug: string }): string {
  if (!TENANT.test(project.tenant_slug) || !isProjectSlug(project.slug)) {
    throw new Error(`Cannot name a repository after "${project.tenant_slug}/${project.slug}"`);
  }
  return join(dataDir, "repositories", project.tenant_slug, `${project.slug}.git`);
}

export function isProjectSlug(slug: string): boolean {
  return PROJECT.test(slug) && !slug.includes("..") && !slug.endsWith(".lock") && !slug.endsWith(".git");
}

/** Full ref of a branch, by its name or where it is kept. Throws for what git would not take as one. */
export function branchRef(branch: string): string {
  const kept = branch.startsWith(KEPT);
  if (kept ? branchNameFault(branch.slice(KEPT.length), 200) : branchNameFault(branch)) {
    throw new Error(`Cannot use "${branch}" as a branch name`);
  }
  return kept ? branch : `refs/heads/${branch}`;
}

// deno-lint-ignore no-control-regex -- refusing them is the point
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Refuses a path that could leave the repository or harm a clone: absolute, `.` and `..` segments, empty segments,
 * `.git` as any file system might read it (case, trailing dots and spaces, NTFS short names), backslashes, control
 * characters.
 */
export function checkPath(path: string): void {
  const fault = pathFault(path);
  if (fault) throw new Error(`Cannot commit ${JSON.stringify(path.slice(0, 200))}: ${fault}`);
}

/** What is wrong with a path, as {@link checkPath} refuses it; null when nothing is. */
export function pathFault(path: string): string | null {
  if (path === "" || path.length > 4000) return "a path has 1 to 4000 characters";
  if (CONTROL.test(path) || !path.isWellFormed()) return "it has control characters or broken Unicode";
  if (path.includes("\\")) return "it has a backslash";
  for (const segment of path.split("/")) {
    if (segment === "") return "it begins or ends with a slash, or has two in a row";
    if (segment === "." || segment === "..") return "it has a . or .. segment";
    if (isDotGit(segment)) return "it names a .git folder";
  }
  return null;
}

/** HFS+ ignores zero-width characters, NTFS trailing dots, spaces and streams: each of these is `.git` somewhere. */
function isDotGit(segment: string): boolean {
  const plain = segment.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "").toLowerCase()
    .replace(/:.*$/, "").replace(/[. ]+$/, "");
  return plain === ".git" || /^git~\d+$/.test(plain);
}

import { computed } from "@preact/signals";
import { MAIN } from "../../shared/project/branch.ts";
import { path } from "../router.ts";

const PAGE = /^\/p\/([^/]+)(?:\/b\/([^/]+))?\/?$/;

/** What the address says is open; null when it is no project. */
export function projectOf(address: string): { project: string; branch: string } | null {
  const match = PAGE.exec(address);
  if (!match) return null;
  const [, project = "", branch] = match;
  return { project: decodeURIComponent(project), branch: branch ? decodeURIComponent(branch) : MAIN };
}

/** The branch that the page shows; main where it shows none. */
export const branch = computed(() => projectOf(path.value)?.branch ?? MAIN);

/** The page of a branch. */
export function pageOf(project: string, name: string): string {
  const page = `/p/${encodeURIComponent(project)}`;
  return name === MAIN ? page : `${page}/b/${encodeURIComponent(name)}`;
}

/** A path of the gateway, for the branch that the page shows (or another). */
export function onBranch(address: string, name: string = branch.peek()): string {
  if (name === MAIN) return address;
  return `${address}${address.includes("?") ? "&" : "?"}branch=${encodeURIComponent(name)}`;
}

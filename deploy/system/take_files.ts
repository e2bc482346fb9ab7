import { parseTakeName } from "../../shared/takes/name.ts";

/** True for the path of a take's master. */
export function isTakeOf(path: string): boolean {
  const stem = /^03_Renders\/[^/]+\/([^/]+)\.(?!json$)[^./]+$/.exec(path)?.[1];
  return stem !== undefined && parseTakeName(stem) !== null;
}

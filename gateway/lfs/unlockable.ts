import { parseTakeName } from "../../shared/takes/name.ts";

/** Why nobody can lock this path, as a sentence; null when one can: what the gateway writes by itself must stay writable. */
export function unlockable(path: string): string | null {
  if (path === "project.json") {
    return "project.json is written by the studio with every change on the canvas, so nobody can lock it; " +
      "edits of it are merged.";
  }
  const [, stem] = /^03_Renders\/[^/]+\/([^/]+)\.[^./]+$/.exec(path) ?? [];
  if (stem !== undefined && parseTakeName(stem)) {
    return `${path} has the name of a take; takes are written once by the studio and never changed, ` +
      "so there is nothing to lock.";
  }
  if (/^06_Exports\/[^/]+_v\d{3,}\.(?:mp4|edl)$/.test(path)) {
    return `${path} has the name of a film that the studio assembles; each gets a new version, ` +
      "so there is nothing to lock.";
  }
  return null;
}

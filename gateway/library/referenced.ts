import { parsePointer } from "../../shared/lfs/pointer.ts";
import { blobSizes, blobTexts, git } from "../git/mod.ts";

/** Longest pointer file, bytes (git-lfs docs/spec.md). */
const LONGEST_POINTER = 1024;
const TOGETHER = 2000;

/** Hashes of all objects that any commit of any ref of a repository points to. */
export async function pointedTo(gitDir: string): Promise<Set<string>> {
  const said = await git(["rev-list", "--objects", "--all", "--no-object-names"], { gitDir });
  const ids = said.split("\n").filter(Boolean);
  const oids = new Set<string>();
  for (let at = 0; at < ids.length; at += TOGETHER) {
    // Commits and trees among them parse as no pointer.
    const sizes = await blobSizes(gitDir, ids.slice(at, at + TOGETHER));
    const small = [...sizes].filter(([id, size]) => id !== "" && size <= LONGEST_POINTER).map(([id]) => id);
    for (const text of (await blobTexts(gitDir, small)).values()) {
      const pointer = parsePointer(text);
      if (pointer) oids.add(pointer.oid);
    }
  }
  return oids;
}

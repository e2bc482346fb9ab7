import { parsePointer, type Pointer } from "../../shared/lfs/pointer.ts";
import { blobTexts, listTree, pathFault, type TreeFile } from "../git/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { STUDIO } from "./format.ts";

/** Longest pointer file, bytes. */
const LONGEST_POINTER = 1024;
/** Blobs read at once. */
const TOGETHER = 1000;

export interface Content {
  path: string;
  /** Bytes in the archive. */
  size: number;
  /** Where they are: in Git, or in the object store. */
  from: { blob: string } | { oid: string };
}

export interface Contents {
  commit: string;
  files: Content[];
  /** Media that the studio does not have; their pointers are in the archive. */
  missing: string[];
}

/** What an archive of the project holds: the tree of a commit, media as themselves or as their pointers. */
export async function contentsOf(
  studio: Studio,
  project: ProjectRow,
  commit: string,
  media: "all" | "pointers",
): Promise<Contents> {
  const gitDir = studio.git.path(project);
  const tree = (await listTree(gitDir, commit)).filter((file) =>
    // The studio's own part of the archive lies there; what a project has under that name is in its history.
    pathFault(file.path) === null && !file.path.startsWith(`${STUDIO}/`)
  );
  const pointers = media === "all" ? await readPointers(gitDir, tree) : new Map<string, Pointer>();
  const ready = await readyOids(studio, project, [...pointers.values()]);
  const missing: string[] = [];
  const files = tree.map(({ path, blob, size }): Content => {
    const pointer = pointers.get(blob);
    if (pointer && ready.has(pointer.oid)) return { path, size: pointer.size, from: { oid: pointer.oid } };
    if (pointer) missing.push(path);
    return { path, size, from: { blob } };
  });
  return { commit, files, missing };
}

/** By blob. */
async function readPointers(gitDir: string, tree: TreeFile[]): Promise<Map<string, Pointer>> {
  const small = [...new Set(tree.filter((file) => file.size <= LONGEST_POINTER).map((file) => file.blob))];
  const pointers = new Map<string, Pointer>();
  for (let at = 0; at < small.length; at += TOGETHER) {
    for (const [blob, text] of await blobTexts(gitDir, small.slice(at, at + TOGETHER))) {
      const pointer = parsePointer(text);
      if (pointer) pointers.set(blob, pointer);
    }
  }
  return pointers;
}

async function readyOids({ db }: Studio, project: ProjectRow, pointers: Pointer[]): Promise<Set<string>> {
  const rows = await db.sql<{ oid: string }[]>`
    select oid from lfs_objects
    where project_id = ${project.id} and tenant_id = ${project.tenant_id} and state = 'ready'
      and oid = any(${pointers.map((pointer) => pointer.oid)}::text[])`;
  return new Set(rows.map((row) => row.oid));
}

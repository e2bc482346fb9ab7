import { join } from "@std/path";
import { parsePointer, type Pointer } from "../../shared/lfs/pointer.ts";
import type { Manifest } from "../../shared/project/manifest.ts";
import { writeManifest } from "../../shared/project/manifest.ts";
import {
  blobTexts,
  GitError,
  KEPT,
  listTree,
  pathFault,
  type Prepared,
  repositoryFromBundle,
} from "../git/mod.ts";
import { readManifest } from "../pushes/mod.ts";
import type { Studio } from "../studio.ts";
import { unfit } from "./unzip.ts";

/** Longest pointer file, bytes. */
const LONGEST_POINTER = 1024;

/** The history of an archive as a repository that is not in its place yet, with each branch looked at. */
export async function prepareHistory(studio: Studio, tenantSlug: string, bundle: string): Promise<Prepared> {
  const root = join(studio.config.dataDir, "repositories", tenantSlug);
  try {
    return await repositoryFromBundle(bundle, root);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw unfit(
      "The history in the archive is damaged: Git does not take it. Export the project again.",
      error,
    );
  }
}

/**
 * project.json of each branch, by what Git calls it. ProblemError unprocessable when a branch has none that can be read, or a path
 * that harms a clone. A discarded one may have none.
 */
export async function manifestsOf({ gitDir, branches }: Prepared): Promise<Map<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  for (const [branch, commit] of branches) {
    const read = await readManifest(gitDir, commit);
    const isKept = branch.startsWith(KEPT);
    if ("fault" in read && !isKept) {
      throw unfit(`The archive's branch ${branch} cannot be used. ${read.fault}`);
    }
    for (const { path } of await listTree(gitDir, commit)) {
      const fault = pathFault(path);
      if (fault) {
        throw unfit(
          `The archive's branch ${branch} has a file ${JSON.stringify(path.slice(0, 200))}: ${fault}.`,
        );
      }
    }
    if ("manifest" in read) manifests.set(branch, read.manifest);
  }
  if (!manifests.has("main")) {
    throw unfit("The history in the archive has no branch main; export the project again.");
  }
  return manifests;
}

/** Each branch's project.json says which project it is: whoever pushes to it must be able to. */
export async function nameAll(
  prepared: Prepared,
  manifests: Map<string, Manifest>,
  project: { id: string; title: string },
): Promise<void> {
  for (const [branch, manifest] of manifests) {
    if (manifest.uuid === project.id) continue;
    const content = writeManifest({ ...manifest, uuid: project.id });
    await prepared.add(branch, {
      message: `Import as ${project.title}`,
      author: "Studio",
      changes: [{ path: "project.json", content }],
    });
  }
}

export interface Files {
  /** Paths of main. */
  paths: Set<string>;
  /** What the tips of the branches point to, by oid. */
  pointers: Map<string, Pointer>;
  /** Paths of takes, by what Git calls the branch. */
  takes: Map<string, string[]>;
}

export async function filesOf({ gitDir, branches }: Prepared): Promise<Files> {
  const pointers = new Map<string, Pointer>();
  const takes: Files["takes"] = new Map();
  const seen = new Set<string>();
  let paths = new Set<string>();
  for (const [branch, commit] of branches) {
    const tree = await listTree(gitDir, commit);
    if (branch === "main") paths = new Set(tree.map((file) => file.path));
    takes.set(branch, tree.map((file) => file.path).filter((path) => path.startsWith("03_Renders/")));
    const fresh = [
      ...new Set(
        tree.filter(({ size, blob }) => size <= LONGEST_POINTER && !seen.has(blob)).map((file) => file.blob),
      ),
    ];
    for (let at = 0; at < fresh.length; at += 1000) {
      for (const [blob, text] of await blobTexts(gitDir, fresh.slice(at, at + 1000))) {
        seen.add(blob);
        const pointer = parsePointer(text);
        if (pointer) pointers.set(pointer.oid, pointer);
      }
    }
  }
  return { paths, pointers, takes };
}

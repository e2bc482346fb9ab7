import { parsePointer } from "../../shared/lfs/pointer.ts";
import { parseTakeName } from "../../shared/takes/name.ts";
import type { Querier } from "../db/mod.ts";
import { blobSizes, blobTexts, isLfsExtension, pathFault } from "../git/mod.ts";
import type { Lfs, Owner } from "../lfs/mod.ts";
import type { Introduced } from "./introduced.ts";
import type { Pusher } from "./mod.ts";

/** Longest pointer file, bytes (git-lfs docs/spec.md); a longer file is none. */
const LONGEST_POINTER = 1024;
/** Far more than people lock. */
const MOST_LOCKS = 1_000_000;
const SUBMODULE = "160000";
const LINK = "120000";

/** What the files of a push are held against, read once for each push. */
export interface Rules {
  q: Querier;
  lfs: Lfs;
  project: Owner;
  gitDir: string;
  env: Record<string, string>;
  /** By path: who else has it locked. */
  locked: Map<string, string>;
}

export async function readLocks(lfs: Lfs, project: Owner, pusher: Pusher): Promise<Map<string, string>> {
  const locks = await lfs.locks.list(project, {}, { limit: MOST_LOCKS });
  return new Map(locks.flatMap((lock) => lock.user_id === pusher.user_id ? [] : [[lock.path, lock.owner]]));
}

/** What is wrong with some files of a push, a sentence each. */
export async function fileFaults(rules: Rules, files: Introduced[]): Promise<string[]> {
  const faults: string[] = [];
  const blobs = new Set<string>();
  for (const file of files) {
    const fault = nameFault(file) ?? lockFault(rules, file);
    if (fault) faults.push(fault);
    else if (file.blob && file.mode !== SUBMODULE) blobs.add(file.blob);
  }
  const sizes = await blobSizes(rules.gitDir, [...blobs], rules.env);
  const small = [...blobs].filter((id) => sizes.get(id)! <= LONGEST_POINTER);
  const texts = await blobTexts(rules.gitDir, small, rules.env);
  const pointers = new Map([...texts].map(([id, text]) => [id, parsePointer(text)]));
  const ready = await rules.lfs.readyAmong(
    rules.q,
    rules.project,
    [...pointers.values()].flatMap((each) => each ? [each.oid] : []),
  );
  const takes = await recordedTakes(rules, files);
  for (const file of files) {
    const pointer = file.blob ? pointers.get(file.blob) ?? null : null;
    const fault = takeFault(file, pointer?.oid ?? null, takes) ??
      lfsFault(file, file.blob === null ? "" : texts.get(file.blob) ?? null) ??
      (file.blob && blobs.has(file.blob) ? contentFault(file, pointer, sizes.get(file.blob)!, ready) : null);
    if (fault) faults.push(fault);
  }
  return faults;
}

function nameFault({ path }: Introduced): string | null {
  // A path that is not UTF-8 comes out of the decoder with this character.
  if (path.includes("\ufffd")) return `${path}: its name is not UTF-8; rename it.`;
  const fault = pathFault(path);
  return fault && `${JSON.stringify(path.slice(0, 200))}: ${fault}; rename it.`;
}

function lockFault({ locked }: Rules, { path }: Introduced): string | null {
  const owner = locked.get(path);
  return owner === undefined
    ? null
    : `${path} is locked by ${owner}. Ask them to unlock it, or take your change to it out of the push.`;
}

function contentFault(
  { path, mode }: Introduced,
  pointer: { oid: string; size: number } | null,
  size: number,
  ready: Map<string, number>,
): string | null {
  if (pointer) {
    const stored = ready.get(pointer.oid);
    if (stored === pointer.size) return null;
    return stored === undefined
      ? `${path} points to a file that the studio does not have (${pointer.oid.slice(0, 12)}…). ` +
        "Run `git lfs push --all origin`, then push again."
      : `${path} says its file has ${pointer.size} bytes, and the studio's has ${stored}. Add the file again.`;
  }
  const extension = /\.([^./]+)$/.exec(path)?.[1] ?? "";
  // An empty file is its own pointer (git-lfs docs/spec.md).
  if (!isLfsExtension(extension) || size === 0) return null;
  if (mode === LINK) return `${path} is a symbolic link; put the media file itself there.`;
  return `${path} (${sizeInWords(size)}) is the media file itself, where a Git LFS pointer belongs. ` +
    `Run \`git lfs install\`, then \`git lfs migrate import --yes --include="*.${extension}"\`, and push again.`;
}

/**
 * Whoever clones the project has their git-lfs go by this file (git-lfs-config(5)): it must not send them and their media elsewhere.
 * `text`: null where the file is longer than a pointer.
 */
function lfsFault({ path }: Introduced, text: string | null): string | null {
  if (path !== ".lfsconfig" || (text !== null && !/(^|[\s\]])(lfs|push|lfspush)?url\s*=/im.test(text))) {
    return null;
  }
  return `${path} would send everybody's git-lfs to another store. Take its "url" lines out, or leave the file away: the studio's is found by itself.`;
}

/** Takes are the gateway's: never changed, never removed, and no other file takes a name that one may get. */
function takeFault({ path }: Introduced, oid: string | null, takes: Map<string, string>): string | null {
  const stem = /^03_Renders\/[^/]+\/([^/]+)\.[^./]+$/.exec(path)?.[1];
  if (stem === undefined || !parseTakeName(stem)) return null;
  const recorded = takes.get(path);
  if (recorded !== undefined && recorded === oid) return null;
  return takes.has(path) || takes.has(stem)
    ? `${path} is a take of this project; takes are never changed or removed. Leave it as it is.`
    : `${path} has the name of a take, which only the studio gives. Choose another name, or put it in 01_Assets.`;
}

/** Recorded takes by path (their object) and by name (their sidecars). */
async function recordedTakes({ q, project }: Rules, files: Introduced[]): Promise<Map<string, string>> {
  const paths = files.map((file) => file.path).filter((path) => path.startsWith("03_Renders/"));
  if (paths.length === 0) return new Map();
  const stems = paths.map((path) => path.replace(/^.*\//, "").replace(/\.[^.]+$/, ""));
  const rows = await q<{ path: string; name: string; oid: string }[]>`
    select path, name, oid from takes
    where project_id = ${project.id} and tenant_id = ${project.tenant_id} and name = any(${stems}::text[])`;
  return new Map(rows.flatMap((row) => [[row.path, row.oid], [row.name, ""]]));
}

function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

import { isDeepStrictEqual } from "node:util";
import { type ItemManifest, LIBRARY_FOLDERS } from "../../shared/library/item.ts";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import type { Querier } from "../db/mod.ts";
import { blobContents, blobTexts, listTree, type TreeFile } from "../git/mod.ts";
import type { LibraryRow } from "./mod.ts";
import { itemFiles, itemFolder, LARGEST_ITEM, parseItem } from "./read_items.ts";
import { findItem, findVersion } from "./store.ts";

/** A library as a push would leave it. */
export interface PushedLibrary {
  q: Querier;
  library: LibraryRow;
  gitDir: string;
  /** Commit that a branch of the push ends at. */
  commit: string;
  /** Where the push's objects wait. */
  env: Record<string, string>;
}

/** Versions that one push may bring of an item; far more is a slip of the hand. */
const MOST_AT_ONCE = 100;

/**
 * Items are sound and have their files beside them; a version that is there keeps its content; nothing that was published goes. A
 * sentence for each fault.
 */
export async function libraryPushFaults(pushed: PushedLibrary): Promise<string[]> {
  const { gitDir, commit, env } = pushed;
  const before = await listTree(gitDir, "refs/heads/main");
  const after = await listTree(gitDir, commit, env);
  const known = new Map(before.map((file) => [file.path, file.blob]));
  const files = new Map(after.map((file) => [file.path, file]));
  const changed = itemFiles(after).filter((file) => known.get(file.path) !== file.blob);
  const faults = changed.filter((file) => file.size > LARGEST_ITEM).map((file) =>
    `${file.path} is larger than 8 MiB.`
  );
  faults.push(...strayItems(after));
  const small = changed.filter((file) => file.size <= LARGEST_ITEM);
  const blobs = await blobContents(gitDir, [...new Set(small.map((file) => file.blob))], env);
  const places = new Map<string, string>();
  for (const file of small) {
    const read = parseItem(blobs.get(file.blob)!);
    if ("fault" in read) {
      faults.push(`${file.path}: ${read.fault}`);
      continue;
    }
    const twin = places.get(read.item.id);
    if (twin) faults.push(`${file.path} has the id of ${twin}; give the copy a new one.`);
    places.set(read.item.id, file.path);
    faults.push(...await versionFaults(pushed, file.path, read.item));
    faults.push(...await fileFaults(pushed, file.path, read.item, files));
  }
  faults.push(...await twinFaults(pushed, places, files));
  return [...faults, ...await lostFaults(pushed, before, files, places)];
}

function strayItems(files: readonly TreeFile[]): string[] {
  return files.filter((file) => file.path.endsWith("/item.json") && itemFolder(file.path) === null).map((
    file,
  ) => `${file.path} lies where no item can: an item is a folder in ${LIBRARY_FOLDERS.join(", ")}.`);
}

async function versionFaults(
  { q, library }: PushedLibrary,
  path: string,
  item: ItemManifest,
): Promise<string[]> {
  const now = await findItem(q, library, item.id);
  if (!now) return [];
  if (item.version > now.version) {
    return item.version <= now.version + MOST_AT_ONCE ? [] : [
      `${path}: version ${item.version} comes after ${now.version}? The next one is ${now.version + 1}.`,
    ];
  }
  const recorded = await findVersion(q, library, item.id, item.version);
  if (item.version === now.version && recorded && isDeepStrictEqual(recorded.content, item.content)) {
    return [];
  }
  return item.version < now.version
    ? [`${path}: the library is at version ${now.version} of ${now.title}; pull, then raise it from there.`]
    : [
      `${path}: version ${item.version} is published, and what films use under that number stays. ` +
      `Make it version ${item.version + 1}.`,
    ];
}

/** Each file lies beside its item.json, as a pointer to what it says there. */
async function fileFaults(
  { gitDir, env }: PushedLibrary,
  path: string,
  item: ItemManifest,
  files: Map<string, TreeFile>,
): Promise<string[]> {
  const folder = itemFolder(path)!;
  const beside = item.content.files.map((file) => ({ file, blob: files.get(`${folder}/${file.name}`) }));
  const ids = beside.flatMap(({ blob }) => blob && blob.size <= 1024 ? [blob.blob] : []);
  const texts = ids.length ? await blobTexts(gitDir, [...new Set(ids)], env) : new Map<string, string>();
  return beside.flatMap(({ file, blob }) => {
    const pointer = blob && parsePointer(texts.get(blob.blob) ?? "");
    if (pointer?.oid === file.oid && pointer.size === file.size) return [];
    return [
      `${path} names ${file.name} (${file.oid.slice(0, 12)}…), and ${
        blob ? "the file beside it is another" : "there is no such file beside it"
      }.`,
    ];
  });
}

/** An id that an item elsewhere has, which this push does not touch. */
async function twinFaults(
  { q, library }: PushedLibrary,
  places: Map<string, string>,
  files: Map<string, TreeFile>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, path] of places) {
    const now = await findItem(q, library, id);
    const old = now && `${now.path}/item.json`;
    if (old && old !== path && files.has(old) && ![...places.values()].includes(old)) {
      faults.push(`${path} has the id of ${old}; give the copy a new one.`);
    }
  }
  return faults;
}

/** Published items may move within the library, and may be retired; they do not go. */
async function lostFaults(
  { gitDir }: PushedLibrary,
  before: readonly TreeFile[],
  files: Map<string, TreeFile>,
  places: Map<string, string>,
): Promise<string[]> {
  const gone = itemFiles(before).filter((file) => !files.has(file.path) && file.size <= LARGEST_ITEM);
  if (gone.length === 0) return [];
  const blobs = await blobContents(gitDir, [...new Set(gone.map((file) => file.blob))]);
  return gone.flatMap((file) => {
    const read = parseItem(blobs.get(file.blob)!);
    if (!("item" in read) || places.has(read.item.id)) return [];
    return [`${file.path} was removed; films may use it. Set "retired" to true in it instead.`];
  });
}

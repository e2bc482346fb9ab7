import { join } from "@std/path";

/** Something in a repository that a git which was killed did not take away itself. */
export interface BrokenOff {
  path: string;
  bytes: number;
}

/** Longer than any push takes. */
const OLD_MS = 24 * 3600_000;

/**
 * What Git writes under another name first, by where it lies: the quarantine of a push, packs and objects on their way, locks, and what an
 * import that broke says of it. (`git gc` would find some of it; it is off, as it also removes what nothing refers to.)
 */
const NAMES: readonly [RegExp, RegExp][] = [
  [/^$/, /^fast_import_crash_\d+$|\.lock$/],
  [/^refs(\/|$)/, /\.lock$/],
  [/^objects$/, /^tmp_objdir-|^incoming-/],
  [/^objects\/[0-9a-f]{2}$/, /^tmp_obj_/],
  [/^objects\/pack$/, /^tmp_|^\.tmp-/],
];
const FOLDERS = /^(refs|objects)(\/|$)/;

/** What a bare repository holds of pushes and commits that broke off more than a day ago. */
export async function brokenOffIn(gitDir: string, folder = ""): Promise<BrokenOff[]> {
  const found: BrokenOff[] = [];
  const names = NAMES.filter(([where]) => where.test(folder)).map(([, name]) => name);
  for (const entry of await entriesOf(join(gitDir, folder))) {
    const within = folder ? `${folder}/${entry.name}` : entry.name;
    if (names.some((name) => name.test(entry.name))) {
      const path = join(gitDir, within);
      if (Date.now() - await lastTouched(path) > OLD_MS) found.push({ path, bytes: await bytesOf(path) });
    } else if (entry.isDirectory && FOLDERS.test(within)) found.push(...await brokenOffIn(gitDir, within));
  }
  return found;
}

/** The newest time of all that lies there; of what is gone meanwhile, now. */
async function lastTouched(path: string): Promise<number> {
  const about = await Deno.lstat(path).catch(() => null);
  if (!about) return Date.now();
  const times = [about.mtime?.getTime() ?? Date.now()];
  if (about.isDirectory) {
    for (const { name } of await entriesOf(path)) times.push(await lastTouched(join(path, name)));
  }
  return Math.max(...times);
}

async function bytesOf(path: string): Promise<number> {
  const about = await Deno.lstat(path).catch(() => null);
  if (!about?.isDirectory) return about?.size ?? 0;
  let sum = 0;
  for (const { name } of await entriesOf(path)) sum += await bytesOf(join(path, name));
  return sum;
}

async function entriesOf(path: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

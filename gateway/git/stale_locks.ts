import { join, sep } from "@std/path";

/** Git holds a ref lock for milliseconds. One this old was left by a machine that died. */
const STALE_MS = 30_000;

/**
 * Removes the lock file that `stderr` complains of, when it lies in the repository and is old. True: worth trying again.
 * A young one belongs to a living git and is left alone.
 */
export async function removeStaleLock(gitDir: string, stderr: string): Promise<boolean> {
  const path = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (!path || path.includes("..") || !path.startsWith(gitDir + sep)) return false;
  return await removeIfStale(path);
}

/**
 * Removes all such locks of a repository's refs before a push begins: what receive-pack meets goes to the person, who could push for ever
 * at a branch that the studio itself does not commit to.
 */
export async function removeStaleLocks(gitDir: string): Promise<void> {
  for (const name of ["HEAD.lock", "packed-refs.lock"]) await removeIfStale(join(gitDir, name));
  await removeBelow(join(gitDir, "refs"));
}

async function removeBelow(folder: string): Promise<void> {
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
    if (isDirectory) await removeBelow(join(folder, name));
    else if (name.endsWith(".lock")) await removeIfStale(join(folder, name));
  }
}

/** True when it is gone. */
async function removeIfStale(path: string): Promise<boolean> {
  try {
    const made = (await Deno.lstat(path)).mtime?.getTime() ?? Date.now();
    if (Date.now() - made < STALE_MS) return false;
    await Deno.remove(path);
  } catch (error) {
    // Gone meanwhile: its owner lived after all.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return true;
}

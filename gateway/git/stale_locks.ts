import { sep } from "@std/path";

/** Git holds a ref lock for milliseconds. One this old was left by a machine that died. */
const STALE_MS = 30_000;

/**
 * Removes the lock file that `stderr` complains of, when it lies in the repository and is old. True: worth trying again.
 * A young one belongs to a living git and is left alone.
 */
export async function removeStaleLock(gitDir: string, stderr: string): Promise<boolean> {
  const path = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (!path || path.includes("..") || !path.startsWith(gitDir + sep)) return false;
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

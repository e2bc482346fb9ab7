import { statfs } from "node:fs/promises";
import { ProblemError } from "../../shared/http/problem.ts";

/** Left free for the embedded database and the repositories, which lie on the same disk: at most this, or a hundredth. */
const RESERVE = 256 * 1024 * 1024;

/**
 * Refuses what will not fit before its first byte is written, so that one upload cannot fill the disk under everything else.
 *
 * Errors: ProblemError out_of_space.
 */
export async function requireSpace(folder: string, size: number): Promise<void> {
  let free: number;
  let total: number;
  try {
    const disk = await statfs(folder);
    free = disk.bavail * disk.bsize;
    total = disk.blocks * disk.bsize;
  } catch {
    // Some network file systems don't say: there the write itself will.
    return;
  }
  if (total > 0 && size > 0 && size + Math.min(RESERVE, total / 100) > free) throw outOfSpace(size);
}

export function outOfSpace(size: number, cause?: unknown): ProblemError {
  return new ProblemError(
    "out_of_space",
    `The studio's disk is full: an object of ${size} bytes could not be stored. Free space in the studio's data folder, then send it again.`,
    { cause },
  );
}

/** ENOSPC and EDQUOT. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : null;
  return code === "ENOSPC" || code === "EDQUOT" || /no space left|quota exceeded/i.test(error.message);
}

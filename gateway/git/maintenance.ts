import { git } from "./process.ts";

/** Commits of this gateway to a repository after which its loose objects are packed. */
const EVERY = 200;

/**
 * Keeps clones fast: a machine commit leaves about six loose objects, and `gc.auto` is off because a push must not wait for
 * it. Packs in geometric steps, so that the cost stays with what is new; nothing unreachable is ever removed.
 */
export class Maintenance {
  #commits = new Map<string, number>();

  /** True when it is time. */
  due(gitDir: string): boolean {
    const count = (this.#commits.get(gitDir) ?? 0) + 1;
    this.#commits.set(gitDir, count % EVERY);
    return count === EVERY;
  }
}

export async function repack(gitDir: string): Promise<void> {
  await git(["repack", "--geometric=2", "-d", "-l", "-q"], { gitDir, timeoutMs: 600_000 });
}

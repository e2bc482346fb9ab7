import { brokenOffIn } from "../git/mod.ts";
import type { Finding, Keeper, Rules } from "./mod.ts";

/** Quarantines, half-written packs and locks of a repository, of a gateway that was killed over a push or a commit. */
export async function brokenOff({ about, gitDir }: Keeper, rules: Rules): Promise<Finding> {
  const found = await brokenOffIn(gitDir);
  if (rules.remove) {
    for (const { path } of found) {
      await Deno.remove(path, { recursive: true }).catch(gone);
    }
  }
  return {
    about,
    what: "files of pushes and commits that broke off",
    count: found.length,
    bytes: found.reduce((sum, each) => sum + each.bytes, 0),
    examples: found.slice(0, 3).map(({ path }) => path),
  };
}

function gone(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

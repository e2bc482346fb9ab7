import { join } from "@std/path";

const ROOT = join(import.meta.dirname!, "..", "..");
const MIGRATIONS = "gateway/db/migrations";

/** A checkout of the release before, which can be run. */
export interface Before extends AsyncDisposable {
  root: string;
  commit: string;
}

/**
 * The program as it was before the schema last grew: the newest tag `v*` that lacks the newest migration, or, while there is none, what the commit
 * stood on that brought it. A sentence when this checkout has no history to take it from.
 */
export async function checkOutBefore(): Promise<Before | string> {
  const newest = [...Deno.readDirSync(join(ROOT, MIGRATIONS))].map(({ name }) => name)
    .filter((name) => /^\d{4}_/.test(name)).sort().at(-1)!;
  const commit = await releaseWithout(newest) ?? await commitBefore(newest);
  if (!commit) return `Git knows no earlier state than ${newest}: a shallow clone, or no repository`;
  const root = await Deno.makeTempDir({ prefix: "studio-before-" });
  const archive = join(root, "before.tar");
  if (
    await git("archive", "--format=tar", `--output=${archive}`, commit) === null ||
    !(await new Deno.Command("tar", { args: ["-xf", archive, "-C", root] }).output()).success
  ) {
    await Deno.remove(root, { recursive: true });
    return `${commit} could not be laid out`;
  }
  // The same packages: what changed since is code.
  await Deno.symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  return { root, commit, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

async function releaseWithout(migration: string): Promise<string | null> {
  const tags = await git("tag", "--list", "v*", "--sort=-version:refname", "--merged", "HEAD");
  for (const tag of tags?.split("\n").filter(Boolean) ?? []) {
    if (await git("cat-file", "-e", `${tag}:${MIGRATIONS}/${migration}`) === null) return tag;
  }
  return null;
}

async function commitBefore(migration: string): Promise<string | null> {
  const added = await git("log", "-1", "--diff-filter=A", "--format=%H", "--", `${MIGRATIONS}/${migration}`);
  return added?.trim() ? (await git("rev-parse", "--verify", `${added.trim()}^`))?.trim() ?? null : null;
}

/** Null when it fails. */
async function git(...args: string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args,
      cwd: ROOT,
      stdin: "null",
      stderr: "null",
    })
      .output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}

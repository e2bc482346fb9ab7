import { dirname, join } from "@std/path";
import { CONFIG, MAKING } from "./create_repository.ts";
import { importCommit } from "./fast_import.ts";
import { branchRef, KEPT } from "./paths.ts";
import { git, GitError, tryGit } from "./process.ts";
import type { Change } from "./mod.ts";

/** A history may be large; an hour of reading it is a fault. */
const LONG_MS = 3_600_000;
/** In a repository whose project the database does not have yet: its id. */
const MARK = "importing";

/** Branches, discarded ones too, and milestones as one file (git-bundle(1)). The commit of main in it; null when there is no main. */
export async function bundleOf(gitDir: string, path: string): Promise<string | null> {
  const main = await tryGit(["rev-parse", "--verify", "--quiet", "refs/heads/main"], { gitDir });
  if (main.code !== 0) return null;
  await git(["bundle", "create", "--quiet", path, "--branches", "--tags", `--glob=${KEPT}*`], {
    gitDir,
    timeoutMs: LONG_MS,
  });
  const heads = await git(["bundle", "list-heads", path, "refs/heads/main"], { gitDir });
  return /^([0-9a-f]{40}) refs\/heads\/main$/m.exec(heads)?.[1] ?? null;
}

/** A repository beside its place, to be looked at; gone when it is disposed of before it was settled. */
export interface Prepared extends AsyncDisposable {
  gitDir: string;
  /** Branches by name, discarded ones by the refs that keep them: their commits. */
  branches: Map<string, string>;
  /** One commit more on a branch. */
  add(branch: string, commit: { message: string; author: string; changes: Change[] }): Promise<void>;
  /** Into its place, in the transaction that makes its project. */
  place(gitDir: string, projectId: string): Promise<void>;
  /** That transaction has ended well. */
  settle(): Promise<void>;
  /** How it ended cannot be known: the next start of a gateway finds out. */
  leave(): null;
}

/**
 * Makes a repository of a bundle and has Git check every object of it. GitError when the bundle is damaged, or names a branch that
 * a project cannot have.
 *
 * @param root where repositories lie: so that placing it is a rename.
 */
export async function repositoryFromBundle(bundle: string, root: string): Promise<Prepared> {
  await Deno.mkdir(root, { recursive: true, mode: 0o700 });
  const gitDir = join(root, `${MAKING}${crypto.randomUUID()}.git`);
  let now = gitDir;
  let settled = false;
  const remove = async () => {
    if (!settled) await Deno.remove(now, { recursive: true }).catch(() => {});
  };
  try {
    await git(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", gitDir]);
    await Deno.writeTextFile(join(gitDir, "config"), CONFIG, { append: true });
    const refs = ["refs/heads/", "refs/tags/", KEPT].map((each) => `${each}*:${each}*`);
    await git(["fetch", "--quiet", "--no-write-fetch-head", bundle, ...refs], { gitDir, timeoutMs: LONG_MS });
    await git(["fsck", "--full", "--strict", "--no-dangling", "--no-progress"], {
      gitDir,
      timeoutMs: LONG_MS,
    });
    const said = await git(["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", KEPT], {
      gitDir,
    });
    const branches = new Map(
      said.split("\n").filter(Boolean).map((line) => {
        const name = line.slice(41).replace(/^refs\/heads\//, "");
        branchRef(name);
        return [name, line.slice(0, 40)];
      }),
    );
    return {
      gitDir,
      branches,
      async add(branch, commit) {
        const parent = branches.get(branch)!;
        const made = await importCommit(gitDir, { ...commit, parent });
        await git(["update-ref", branchRef(branch), made, parent], { gitDir });
        branches.set(branch, made);
      },
      async place(to, projectId) {
        await Deno.writeTextFile(join(gitDir, MARK), projectId);
        await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
        await clearAbandonedImport(to, projectId);
        await Deno.rename(gitDir, to);
        now = to;
      },
      async settle() {
        settled = true;
        await settleImport(now);
      },
      leave() {
        settled = true;
        return null;
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error instanceof GitError ? error : new GitError("The history cannot be used", String(error));
  }
}

/** The project is in the database: its repository is like any other. */
async function settleImport(gitDir: string): Promise<void> {
  await Deno.remove(join(gitDir, MARK)).catch(ignoreMissing);
}

/**
 * What an import left whose gateway died before its project was in the database. Called for a project that is there: under its
 * name lies its own repository, or one that is nobody's.
 */
export async function clearAbandonedImport(gitDir: string, projectId: string): Promise<void> {
  const owner = await importOf(gitDir);
  if (owner === null) return;
  if (owner === projectId) await settleImport(gitDir);
  else await Deno.remove(gitDir, { recursive: true });
}

/** The project for which a repository was brought in and never settled; null: it is settled, or not there. */
export async function importOf(gitDir: string): Promise<string | null> {
  return await Deno.readTextFile(join(gitDir, MARK)).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
  throw error;
}

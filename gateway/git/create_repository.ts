import { basename, dirname, join } from "@std/path";
import { importCommit } from "./fast_import.ts";
import type { Change } from "./mod.ts";
import { git } from "./process.ts";

/** What a studio's repository must be to serve people and the gateway at once. */
export const CONFIG = `
[receive]
	# History is the project's memory: nobody rewrites or deletes it over the wire.
	denyNonFastForwards = true
	denyDeletes = true
	fsckObjects = true
	# Media goes through LFS; a pack larger than this is a mistake.
	maxInputSize = 1g
	autogc = false
	advertisePushOptions = true
[transfer]
	hideRefs = refs/studio
[http]
	# By default anyone who may fetch could read objects and packs as plain files.
	getanyfile = false
[gc]
	auto = 0
[core]
	# A commit that was reported must survive a power cut; fast-import writes small imports as loose objects.
	fsync = committed,loose-object,reference
	filesRefLockTimeout = 2000
	packedRefsTimeout = 1000
	logAllRefUpdates = true
[uploadpack]
	allowFilter = true
`;

export const MAKING = ".making-";
/** A folder of a creation that never ended. */
const ABANDONED_MS = 3_600_000;

/** True when the repository is there: it is renamed into place whole, so there is no half. */
export async function repositoryExists(gitDir: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(gitDir, "HEAD"))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Makes the bare repository with its first commit beside its place, then renames it there. Twice changes nothing. */
export async function createBareRepository(
  gitDir: string,
  commit: { message: string; author: string; changes: Change[] },
): Promise<void> {
  if (await repositoryExists(gitDir)) return;
  const folder = dirname(gitDir);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const making = join(folder, `${MAKING}${crypto.randomUUID()}-${basename(gitDir)}`);
  try {
    // An empty template: no sample hooks of the machine's git.
    await git(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", making]);
    await Deno.writeTextFile(join(making, "config"), CONFIG, { append: true });
    const first = await importCommit(making, { ...commit, parent: null });
    await git(["update-ref", "refs/heads/main", first, ""], { gitDir: making });
    await Deno.rename(making, gitDir);
  } catch (error) {
    await Deno.remove(making, { recursive: true }).catch(() => {});
    // Another gateway was faster: renaming onto a folder that is not empty fails.
    if (!await repositoryExists(gitDir)) throw error;
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory || !entry.name.startsWith(MAKING)) continue;
    const path = join(folder, entry.name);
    const made = (await Deno.stat(path).catch(() => null))?.mtime?.getTime() ?? Date.now();
    if (Date.now() - made > ABANDONED_MS) await Deno.remove(path, { recursive: true }).catch(() => {});
  }
}

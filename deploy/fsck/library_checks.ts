import { parsePointer } from "../../shared/lfs/pointer.ts";
import { blobTexts, listTree, tryGit } from "../../gateway/git/mod.ts";
import { libraryKey } from "../../gateway/objects/mod.ts";
import { type Finding, listed } from "./finding.ts";
import { type Fault, gitFaults, type Looked } from "./project_checks.ts";

export interface LibraryToCheck {
  id: string;
  tenant_id: string;
  tenant_slug: string;
  read_sha: string | null;
}

const LONGEST_POINTER = 1024;

/** A studio's library: its repository, its media in database and store, and whether the database has read all of it. */
export async function checkLibrary(
  studio: Pick<Looked, "db" | "objects">,
  library: LibraryToCheck,
  gitDir: string,
): Promise<Finding[]> {
  const about = `${library.tenant_slug}/Library`;
  const found = async () => {
    // One that nobody has read anything from yet is made when it is asked for.
    if (!await Deno.stat(gitDir).catch(() => null)) return library.read_sha ? [missing(gitDir)] : [];
    const broken = await gitFaults(gitDir);
    if (broken.length) return broken;
    return [...await mediaFaults(studio, library, gitDir), ...await readFaults(library, gitDir)];
  };
  return (await found()).map((fault) => ({ about, ...fault }));
}

function missing(gitDir: string): Fault {
  return {
    level: "wrong",
    sentence: `There is no repository at ${gitDir}.`,
    advice: "Mount the volume of the repositories, or restore it from a backup.",
  };
}

async function mediaFaults(
  { db, objects }: Pick<Looked, "db" | "objects">,
  library: LibraryToCheck,
  gitDir: string,
): Promise<Fault[]> {
  const rows = await db.sql<{ oid: string; size: number }[]>`
    select oid, size from library_objects where library_id = ${library.id} and state = 'ready'`;
  const ready = new Map(rows.map((row) => [row.oid, row.size]));
  const small = (await listTree(gitDir, "refs/heads/main")).filter((file) => file.size <= LONGEST_POINTER);
  const texts = await blobTexts(gitDir, [...new Set(small.map((file) => file.blob))]);
  const unknown = small.filter((file) => {
    const pointer = parsePointer(texts.get(file.blob) ?? "");
    return pointer !== null && ready.get(pointer.oid) !== pointer.size;
  });
  const prefix = libraryKey(library.tenant_id, "").replace(/\/+$/, "") + "/";
  const stored = new Map<string, number>();
  for await (const { key, size } of objects.list(prefix)) {
    stored.set(key.slice(key.lastIndexOf("/") + 1), size);
  }
  const gone = rows.filter((row) => stored.get(row.oid) !== row.size).map((row) => row.oid.slice(0, 12));
  const again = "From a clone of the library that has the media, run `git lfs push --all origin`.";
  const faults: Fault[] = [];
  if (unknown.length) {
    faults.push({
      level: "wrong",
      sentence: `${unknown.length} files point to media that the studio does not know: ${
        listed(unknown.map((file) => file.path))
      }.`,
      advice: again,
    });
  }
  if (gone.length) {
    faults.push({
      level: "wrong",
      sentence: `${gone.length} objects are gone from the store, or have another size: ${listed(gone)}.`,
      advice: `Restore the store from a backup. ${again}`,
    });
  }
  return faults;
}

/** What the database has read is a version of main: else it came from a newer backup than the repository. */
async function readFaults(library: LibraryToCheck, gitDir: string): Promise<Fault[]> {
  if (library.read_sha === null) return [];
  const known = await tryGit(["merge-base", "--is-ancestor", library.read_sha, "refs/heads/main"], {
    gitDir,
  });
  if (known.code === 0) return [];
  return [{
    level: "wrong",
    sentence: "The database has read versions that the repository of the library does not have.",
    advice: "Restore the repository from a backup made after that, or push it from a clone that has them.",
  }];
}

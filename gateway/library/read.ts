import type { ItemManifest } from "../../shared/library/item.ts";
import { blobContents, git, listTree, tryGit } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import type { LibraryRow } from "./mod.ts";
import { itemFiles, itemFolder, itemsAt, LARGEST_ITEM, parseItem } from "./read_items.ts";
import * as store from "./store.ts";

interface Seen {
  path: string;
  commit: string;
  item: ItemManifest;
}

/**
 * Brings the tables up to main: what commits since the last reading made of each item, every version of it. Done twice, or by
 * two gateways at once, it changes nothing more. The commit that the tables show now.
 */
export async function readLibrary(studio: Studio, library: LibraryRow): Promise<string> {
  const { sql } = studio.db;
  const gitDir = studio.git.path(library);
  for (;;) {
    const head = await studio.git.head(library);
    if (!head) throw new Error(`The library of ${library.tenant_slug} has no main`);
    const from = await store.readSha(sql, library.id);
    if (from === head) return head;
    const since = await isPast(gitDir, from, head) ? from : null;
    if (since === null && from !== null) {
      studio.log.warn("A library's repository is older than what was read of it; it is read anew", {
        gitDir,
      });
    }
    const paths = await changedItems(gitDir, since, head);
    const now = paths.size ? await itemsAt(gitDir, head, (file) => paths.has(file.path)) : new Map();
    const seen = await versionsSince(gitDir, since, head, [...paths]);
    const moved = await sql.begin(async (tx) => {
      if (!await store.moveRead(tx, library.id, from, head)) return false;
      // What the repository does not have any more is nothing to go on.
      if (since === null) await store.forgetAll(tx, library.id);
      for (const { path, commit, item } of seen) await store.putVersion(tx, library, { path, commit }, item);
      for (const [path, item] of now) await store.putItem(tx, library, path, item);
      return true;
    });
    if (!moved) continue;
    if (now.size) studio.events.publish(library.tenant_id, null, { type: "library" });
    return head;
  }
}

/** A repository that was restored from a backup may not have what was read last. */
async function isPast(gitDir: string, from: string | null, head: string): Promise<boolean> {
  return from !== null && (await tryGit(["merge-base", "--is-ancestor", from, head], { gitDir })).code === 0;
}

/** Paths of the item.json files that differ between two commits. */
async function changedItems(gitDir: string, from: string | null, to: string): Promise<Set<string>> {
  if (from === null) return new Set(itemFiles(await listTree(gitDir, to)).map((file) => file.path));
  const said = await git(["diff", "--name-only", "--no-renames", "-z", from, to], { gitDir });
  return new Set(said.split("\0").filter((path) => itemFolder(path) !== null));
}

/** Every version that commits in between made, the last word on each. A push may bring several at once. */
async function versionsSince(
  gitDir: string,
  from: string | null,
  to: string,
  paths: string[],
): Promise<Seen[]> {
  const seen = new Map<string, Seen>();
  for (const path of paths) {
    const said = await git(
      [
        "log",
        "--reverse",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-m",
        "--first-parent",
        "--format=%H",
        from === null ? to : `${from}..${to}`,
        "--",
        path,
      ],
      { gitDir },
    );
    for (const { commit, blob } of blobsOf(said)) {
      const bytes = (await blobContents(gitDir, [blob])).get(blob);
      const read = bytes && bytes.length <= LARGEST_ITEM ? parseItem(bytes) : null;
      if (!read || !("item" in read)) continue;
      seen.set(`${read.item.id} ${read.item.version}`, { path: itemFolder(path)!, commit, item: read.item });
    }
  }
  return [...seen.values()];
}

/** Lines of `git log --raw` with one path: a commit, then `:<mode> <mode> <id> <id> <status>` TAB path. */
function* blobsOf(said: string): Generator<{ commit: string; blob: string }> {
  let commit = "";
  for (const line of said.split("\n")) {
    if (/^[0-9a-f]{40}$/.test(line)) commit = line;
    const blob = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]{40}) /.exec(line)?.[1];
    if (blob && !/^0+$/.test(blob)) yield { commit, blob };
  }
}

import type { Desk } from "../../shared/canvas/merge/clash.ts";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { blobSizes, blobTexts, type Change, git } from "../git/mod.ts";

/** What a commit has at a path; null: nothing. */
type Entry = { blob: string; mode: string } | null;

export interface FileChange {
  change: Change;
  kind: "added" | "changed" | "removed";
}

const MANIFEST = "project.json";
const NOTHING = "0".repeat(40);
/** Bytes of the longest pointer file. */
const POINTER = 1024;

/**
 * What comes of theirs on top of mine's tree, but for project.json: the files of both, and of one that both changed whichever is
 * chosen. ProblemError unprocessable when a file would lie where the other side has a folder.
 */
export async function mergeFiles(
  gitDir: string,
  desk: Desk,
  { base, mine, theirs }: { base: string; mine: string; theirs: string },
): Promise<FileChange[]> {
  const [ours, come] = await Promise.all([
    changesSince(gitDir, base, mine),
    changesSince(gitDir, base, theirs),
  ]);
  refuseFolders(ours, come);
  const clashing = [...come].filter(([path, { after }]) => {
    const own = ours.get(path);
    return own !== undefined && own.after?.blob !== after?.blob;
  });
  const words = await wordsOf(
    gitDir,
    clashing.flatMap(([path, { before, after }]) => [before, after, ours.get(path)!.after]),
  );
  const files: FileChange[] = [];
  for (const [path, { before, after }] of come) {
    const own = ours.get(path);
    if (own && own.after?.blob === after?.blob) continue;
    if (own) {
      const [was, here, there] = [before, own.after, after].map((entry) =>
        entry ? words.get(entry.blob) : undefined
      );
      const about = { node_id: null, title: path, field: null, base: was, mine: here, theirs: there };
      if (desk.settle({ id: `file:${path}`, kind: "file", ...about }) === "mine") continue;
    }
    const now = own ? own.after : before;
    files.push({
      change: { path, content: after ? "" : null, ...after ?? {} },
      kind: after === null ? "removed" : now === null ? "added" : "changed",
    });
  }
  return files.filter(({ kind, change }) => kind !== "removed" || ours.get(change.path)?.after !== null);
}

async function changesSince(
  gitDir: string,
  base: string,
  commit: string,
): Promise<Map<string, { before: Entry; after: Entry }>> {
  const said = await git(["diff-tree", "-r", "-z", "--raw", "--no-renames", base, commit], { gitDir });
  const fields = said.split("\0");
  const changes = new Map<string, { before: Entry; after: Entry }>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = "", mode = "", old = "", blob = ""] = fields[at]!.slice(1).split(" ");
    const path = fields[at + 1]!;
    if (path === MANIFEST) continue;
    changes.set(path, {
      before: old === NOTHING ? null : { blob: old, mode: oldMode },
      after: blob === NOTHING ? null : { blob, mode },
    });
  }
  return changes;
}

function refuseFolders(ours: Map<string, { after: Entry }>, come: Map<string, { after: Entry }>): void {
  for (const [some, others] of [[ours, come], [come, ours]] as const) {
    for (const [path, { after }] of some) {
      if (!after) continue;
      for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
        const folder = path.slice(0, at);
        if (!others.get(folder)?.after) continue;
        throw new ProblemError(
          "unprocessable",
          `${folder} is a file on one side and a folder on the other. Rename one of them, then merge again.`,
        );
      }
    }
  }
}

/** What blobs are, for who has to choose: the size of the file, or of what a pointer points to. */
async function wordsOf(gitDir: string, entries: Entry[]): Promise<Map<string, string>> {
  const ids = [...new Set(entries.flatMap((entry) => entry ? [entry.blob] : []))];
  if (ids.length === 0) return new Map();
  const sizes = await blobSizes(gitDir, ids);
  const texts = await blobTexts(gitDir, ids.filter((id) => sizes.get(id)! <= POINTER));
  return new Map(ids.map((id) => {
    const pointer = parsePointer(texts.get(id) ?? "");
    const size = pointer?.size ?? sizes.get(id)!;
    return [id, `${sizeWords(size)} (${(pointer?.oid ?? id).slice(0, 7)})`];
  }));
}

function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

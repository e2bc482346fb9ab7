import { join as filePath } from "@std/path";
import { checkPath } from "./paths.ts";
import { GitError, tryGit } from "./process.ts";
import { removeStaleLock } from "./stale_locks.ts";
import type { Change } from "./mod.ts";

const encoder = new TextEncoder();
/** A ref set to it is deleted (git-fast-import(1), `from`). */
const NOWHERE = "0".repeat(40);
/** Who commits for everyone. `.invalid` can be nobody's address (RFC 2606). */
const ADDRESS = "gateway@studio.invalid";

/**
 * Writes one commit on top of `parent` (null: a root) and gives its id. It moves no branch: the temporary ref that
 * fast-import needs is dropped in the same stream, and whoever swaps the branch does it with update-ref. One process, no
 * working tree.
 */
export async function importCommit(
  gitDir: string,
  commit: {
    message: string;
    author: string;
    changes: Change[];
    parent: string | null;
    /** What is merged: a second parent. The files are what `changes` make of the first one's. */
    merges?: string;
  },
): Promise<string> {
  const ref = `refs/studio/import-${crypto.randomUUID()}`;
  const now = `${Math.floor(Date.now() / 1000)} +0000`;
  const parts: (string | Uint8Array)[] = [
    `feature done\ncommit ${ref}\nmark :1\n`,
    `author ${personName(commit.author)} <${ADDRESS}> ${now}\ncommitter Studio <${ADDRESS}> ${now}\n`,
    ...data(cleanMessage(commit.message)),
  ];
  if (commit.parent) parts.push(`from ${commit.parent}\n`);
  if (commit.merges) parts.push(`merge ${commit.merges}\n`);
  for (const change of commit.changes) {
    checkPath(change.path);
    if (change.content === null) parts.push(`D ${quoted(change.path)}\n`);
    else if (change.blob) parts.push(`M ${change.mode ?? "100644"} ${change.blob} ${quoted(change.path)}\n`);
    else parts.push(`M 100644 inline ${quoted(change.path)}\n`, ...data(change.content));
  }
  parts.push(`\nget-mark :1\nreset ${ref}\nfrom ${NOWHERE}\n\ndone\n`);
  const result = await tryGit(["fast-import", "--quiet", "--date-format=raw"], {
    gitDir,
    stdin: join(parts),
  });
  // Dropping the ref looks into packed-refs: a dead machine's lock there would cost each commit its timeout.
  await removeStaleLock(gitDir, result.stderr);
  const sha = new TextDecoder().decode(result.stdout).trim();
  if (result.code === 0 && /^[0-9a-f]{40}$/.test(sha)) return sha;
  await removeCrashReport(gitDir, result.stderr);
  throw new GitError(`git fast-import failed (exit status ${result.code})`, result.stderr);
}

/** What it says is in the error already; in the repository the report would only lie about. */
async function removeCrashReport(gitDir: string, stderr: string): Promise<void> {
  const name = /dumping crash report to .*?(fast_import_crash_\d+)/.exec(stderr)?.[1];
  if (name) await Deno.remove(filePath(gitDir, name)).catch(() => {});
}

/** `data <bytes>` counts, so that no content can end it. */
function data(content: string | Uint8Array): (string | Uint8Array)[] {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

/** C-style quotes: a path may have spaces, quotes and any letters; control characters were refused. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '\\"')}"`;
}

/** A name as an ident line may have it; `<`, `>` and line breaks would end it early. */
export function personName(name: string): string {
  // deno-lint-ignore no-control-regex -- removing them is the point
  const clean = name.toWellFormed().replace(/[<>\u0000-\u001f\u007f]+/g, " ").trim().slice(0, 100);
  // Git strips these at both ends itself; a name of nothing else would be empty.
  return clean.replace(/^[.,:;"'\\\s]+|[.,:;"'\\\s]+$/g, "") || "Studio";
}

/** A commit message without NUL (git fsck: nulInCommit), never empty. */
function cleanMessage(message: string): string {
  const clean = message.toWellFormed().replaceAll("\0", "").replaceAll("\r\n", "\n").trim();
  return (clean || "Change files") + "\n";
}

function join(parts: (string | Uint8Array)[]): Uint8Array {
  const all = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

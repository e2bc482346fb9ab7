import type { HistoryEntry } from "../../shared/api/history.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { headOf } from "./swap.ts";
import { git, tryGit } from "./process.ts";

/** Commits of a branch in words, newest first. The cursor pins the head it began with: pages stay whole while takes come in. */
export async function readLog(
  gitDir: string,
  page: { cursor?: string; limit: number; branch?: string },
): Promise<{ items: HistoryEntry[]; next?: string }> {
  const head = await headOf(gitDir, page.branch ?? "main");
  if (!head) return { items: [] };
  const from = page.cursor === undefined ? { start: head, skip: 0 } : parseCursor(page.cursor);
  if (page.cursor !== undefined) {
    const known = await tryGit(["merge-base", "--is-ancestor", from.start, head], { gitDir });
    if (known.code !== 0) throw badCursor();
  }
  const said = await git([
    "log",
    "-z",
    `--skip=${from.skip}`,
    `--max-count=${page.limit + 1}`,
    // Message last: it alone may hold the separator.
    "--format=%H%x1f%an%x1f%ct%x1f%s%x1f%b",
    from.start,
    "--",
  ], { gitDir });
  const entries = said.split("\0").filter((record) => record !== "").map(parseEntry);
  const items = entries.slice(0, page.limit);
  return entries.length > page.limit ? { items, next: `${from.start}.${from.skip + page.limit}` } : { items };
}

function parseEntry(record: string): HistoryEntry {
  const [commit = "", author = "", seconds = "0", subject = "", ...body] = record.split("\x1f");
  const committed_at = new Date(Number(seconds) * 1000).toISOString();
  return { commit: commit.trim(), author, subject, body: body.join("\x1f").trim(), committed_at };
}

function parseCursor(cursor: string): { start: string; skip: number } {
  const match = /^([0-9a-f]{40})\.(\d{1,7})$/.exec(cursor);
  if (!match) throw badCursor();
  return { start: match[1]!, skip: Number(match[2]) };
}

function badCursor(): ProblemError {
  return new ProblemError(
    "invalid_request",
    "The cursor is not one of this history; start again without it.",
  );
}

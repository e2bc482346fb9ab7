import { createHash } from "node:crypto";
import type { Change } from "./mod.ts";
import { checkPath } from "./paths.ts";
import { git } from "./process.ts";

const encoder = new TextEncoder();

/** Those of the changes that the commit does not hold already; of several for one path the last counts. */
export async function whatDiffers(gitDir: string, commit: string, given: Change[]): Promise<Change[]> {
  const changes = [...new Map(given.map((change) => [change.path, change])).values()];
  if (changes.length === 0) return [];
  for (const { path } of changes) checkPath(path);
  // Paths have no line breaks, so a line is a question. Answers are `<id> <type> <size>` or `<question> missing`.
  const asked = encoder.encode(changes.map(({ path }) => `${commit}:${path}\n`).join(""));
  const said = await git(["cat-file", "--batch-check"], { gitDir, stdin: asked });
  const answers = said.split("\n");
  return changes.filter(({ content }, index) => {
    const [id, type] = answers[index]!.endsWith(" missing") ? [null, null] : answers[index]!.split(" ");
    return content === null ? id !== null : type !== "blob" || id !== blobId(content);
  });
}

/** The id that Git gives these bytes. */
function blobId(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

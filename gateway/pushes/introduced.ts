import { spawnGit } from "../git/mod.ts";

/** One file as a new commit has it: what it became, or that it went. */
export interface Introduced {
  path: string;
  /** Blob id; null: the commit removes the file. */
  blob: string | null;
  /** `100644`, `120000` (symbolic link), `160000` (submodule), … */
  mode: string;
}

const NOTHING = "0".repeat(40);
/** Characters; file systems end at 4,096 bytes. */
const LONGEST_PATH = 100_000;

/**
 * What commits that no ref holds yet change, commit by commit: against the parent, and of merges only what is in neither
 * parent. Streamed: a push may bring a whole production's history.
 */
export async function* introduced(
  gitDir: string,
  tips: string[],
  env: Record<string, string>,
): AsyncGenerator<Introduced> {
  const list = spawnGit(["rev-list", "--stdin", "--not", "--all"], { gitDir, env });
  const tree = spawnGit([
    "diff-tree",
    "--stdin",
    "--root",
    "-r",
    "-c",
    "-z",
    "--raw",
    "--no-renames",
    "--no-commit-id",
  ], { gitDir, env });
  const fed = feed(list, tips);
  const piped = list.stdout.pipeTo(tree.stdin).catch(() => {});
  try {
    yield* parse(tree.stdout);
    await fed;
    await piped;
    for (const child of [list, tree]) {
      const [status, said] = await Promise.all([child.status, new Response(child.stderr).text()]);
      if (!status.success) throw new Error(`git could not list a push's files: ${said}`);
    }
  } finally {
    for (const child of [list, tree]) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await child.stderr.cancel().catch(() => {});
    }
  }
}

async function feed(child: Deno.ChildProcess, tips: string[]): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(tips.map((tip) => tip + "\n").join("")));
  await writer.close();
}

/** `:<mode> <mode> <id> <id> <status>` NUL path NUL; of a merge a colon, a mode and an id more for each further parent. */
async function* parse(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Introduced> {
  let about: string | null = null;
  for await (const field of fields(stream)) {
    if (about === null) {
      about = field;
      continue;
    }
    const parents = /^:+/.exec(about)![0].length;
    const words = about.slice(parents).split(" ");
    const mode = words[parents]!;
    const blob = words[2 * parents + 1]!;
    yield { path: field, mode, blob: blob === NOTHING ? null : blob };
    about = null;
  }
}

async function* fields(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  // Paths are bytes to Git; what is not UTF-8 comes out with replacement characters, and is refused as such.
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\0");
    rest = parts.pop()!;
    if (rest.length > LONGEST_PATH) throw new Error("git listed an endless path");
    yield* parts;
  }
}

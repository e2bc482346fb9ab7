import { GitError, tryGit } from "./process.ts";

const decoder = new TextDecoder();

/** Sizes in bytes of blobs, by id. */
export async function blobSizes(
  gitDir: string,
  ids: string[],
  env?: Record<string, string>,
): Promise<Map<string, number>> {
  const said = decoder.decode(
    await ask(gitDir, ["cat-file", "--batch-check=%(objectname) %(objectsize)"], ids, env),
  );
  return new Map(
    said.trimEnd().split("\n").map((line) => {
      const [id = "", size] = line.split(" ");
      return [id, Number(size)];
    }),
  );
}

/** Contents of small blobs, by id, all in memory: the caller looks at their sizes first. */
export async function blobContents(
  gitDir: string,
  ids: string[],
  env?: Record<string, string>,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  if (ids.length === 0) return contents;
  const bytes = await ask(gitDir, ["cat-file", "--batch"], ids, env);
  // `<id> blob <size>` LF content LF
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [id = "", , size] = decoder.decode(bytes.subarray(at, end)).split(" ");
    const from = end + 1;
    contents.set(id, bytes.slice(from, from + Number(size)));
    at = from + Number(size) + 1;
  }
  return contents;
}

export async function blobTexts(
  gitDir: string,
  ids: string[],
  env?: Record<string, string>,
): Promise<Map<string, string>> {
  const contents = await blobContents(gitDir, ids, env);
  return new Map([...contents].map(([id, bytes]) => [id, decoder.decode(bytes)]));
}

async function ask(
  gitDir: string,
  args: string[],
  ids: string[],
  env?: Record<string, string>,
): Promise<Uint8Array> {
  const stdin = new TextEncoder().encode(ids.map((id) => id + "\n").join(""));
  const { code, stdout, stderr } = await tryGit(args, { gitDir, stdin, env });
  if (code !== 0) throw new GitError(`Cannot read blobs of ${gitDir}`, stderr);
  return stdout;
}

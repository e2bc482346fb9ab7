import { tryGit } from "../git/mod.ts";

const decoder = new TextDecoder();

/** Sizes in bytes of blobs, by id. Git throws out what is not there before a push gets this far. */
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

/** Contents of small blobs as text, by id. */
export async function blobTexts(
  gitDir: string,
  ids: string[],
  env?: Record<string, string>,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  if (ids.length === 0) return texts;
  const bytes = await ask(gitDir, ["cat-file", "--batch"], ids, env);
  // `<id> blob <size>` LF content LF
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [id = "", , size] = decoder.decode(bytes.subarray(at, end)).split(" ");
    const from = end + 1;
    texts.set(id, decoder.decode(bytes.subarray(from, from + Number(size))));
    at = from + Number(size) + 1;
  }
  return texts;
}

async function ask(
  gitDir: string,
  args: string[],
  ids: string[],
  env?: Record<string, string>,
): Promise<Uint8Array> {
  const stdin = new TextEncoder().encode(ids.map((id) => id + "\n").join(""));
  const { code, stdout, stderr } = await tryGit(args, { gitDir, stdin, env });
  if (code !== 0) throw new Error(`git could not read a push's files: ${stderr}`);
  return stdout;
}

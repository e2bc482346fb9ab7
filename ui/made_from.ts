import { createHash } from "node:crypto";
import { join } from "@std/path";

/** Says what the files beside it were made from; goes when they go. The gateway serves no hidden file. */
const STAMP = ".made-from";

/** A digest of files, and of all files below folders: their paths in `root` and their bytes. `leftOut` are paths in it, too. */
export async function digestOf(
  root: string,
  paths: readonly string[],
  leftOut: RegExp = /^$/,
): Promise<string> {
  const hash = createHash("sha256").update(Deno.version.deno);
  for (const path of paths) await add(path);
  return hash.digest("hex");

  async function add(path: string): Promise<void> {
    if (leftOut.test(path)) return;
    const whole = join(root, path);
    if ((await Deno.stat(whole)).isDirectory) {
      const names = (await Array.fromAsync(Deno.readDir(whole))).map((entry) => entry.name).toSorted();
      for (const name of names) await add(`${path}/${name}`);
      return;
    }
    hash.update(`\n${path}\n`).update(await Deno.readFile(whole));
  }
}

/** Whether what lies in the folder was made from just this. */
export async function madeFrom(folder: string, digest: string): Promise<boolean> {
  return await Deno.readTextFile(join(folder, STAMP)).catch(() => null) === digest;
}

export async function markMade(folder: string, digest: string): Promise<void> {
  await Deno.writeTextFile(join(folder, STAMP), digest);
}

import { dirname, join } from "@std/path";
import type { Name, Share } from "../git/sharing.ts";
import { mustGit } from "../git/testing.ts";

export interface Clone {
  path: string;
  /** Writes these files (null removes one) and commits all there is. */
  commit(files: Record<string, string | Uint8Array | null>, message?: string): Promise<void>;
  read(path: string): Promise<string>;
}

/** A person's clone, without git-lfs at work: files are what Git holds. */
export async function cloneOf(it: Share, as: Name = "artist", name: string = as): Promise<Clone> {
  await mustGit(it.folder, ["clone", "--quiet", it.url(as), name]);
  const path = join(it.folder, name);
  return {
    path,
    async commit(files, message = "By hand") {
      for (const [file, content] of Object.entries(files)) {
        const at = join(path, file);
        await Deno.mkdir(dirname(at), { recursive: true });
        if (content === null) await Deno.remove(at);
        else if (typeof content === "string") await Deno.writeTextFile(at, content);
        else await Deno.writeFile(at, content);
      }
      await mustGit(path, ["add", "--all", "--force"]);
      await mustGit(path, ["commit", "--quiet", "--allow-empty", "-m", message]);
    },
    read: (file) => Deno.readTextFile(join(path, file)),
  };
}

/** What `git lfs install` writes into a person's configuration. */
export const lfsFilters = [
  ["clean", "git-lfs clean -- %f"],
  ["smudge", "git-lfs smudge -- %f"],
  ["process", "git-lfs filter-process"],
  ["required", "true"],
].flatMap(([key, value]) => ["-c", `filter.lfs.${key}=${value}`]);

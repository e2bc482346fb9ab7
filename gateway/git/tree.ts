import { git } from "./process.ts";

/** One file of a commit's tree; submodules are none. */
export interface TreeFile {
  path: string;
  blob: string;
  /** Bytes of the blob: of a pointer those of the pointer. */
  size: number;
}

/** All files of a commit, in the order of their paths. */
export async function listTree(
  gitDir: string,
  commit: string,
  env?: Record<string, string>,
): Promise<TreeFile[]> {
  const said = await git(["ls-tree", "-r", "-z", "--long", "--full-tree", commit], { gitDir, env });
  return said.split("\0").flatMap((line) => {
    // `<mode> blob <id> <size padded with spaces>` TAB path
    const match = /^\d+ blob ([0-9a-f]{40}) +(\d+)\t([^]+)$/.exec(line);
    return match ? [{ blob: match[1]!, size: Number(match[2]), path: match[3]! }] : [];
  });
}

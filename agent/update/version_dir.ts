import { join } from "@std/path";
import { z } from "zod";
import { packageDigest, VERSION_FILE } from "../../shared/agents/package.ts";
import type { Unpacked } from "./untar.ts";

/** Folder beside the agent's code that holds later versions of it, each named by its digest. */
export const VERSIONS = "versions";

const VersionFile = z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/) });

/** Which version this code is; null: a clone of the repository, which is not updated by its gateway. */
export function ownDigest(codeDir: string): string | null {
  try {
    return VersionFile.parse(JSON.parse(Deno.readTextFileSync(join(codeDir, VERSION_FILE)))).digest;
  } catch {
    return null;
  }
}

/** Whether a folder holds exactly that version: every file as its digest says, and no other beside. */
export async function holds(folder: string, digest: string): Promise<boolean> {
  try {
    return ownDigest(folder) === digest && await packageDigest(await readAll(folder, "")) === digest;
  } catch {
    return false;
  }
}

async function readAll(root: string, below: string): Promise<Unpacked[]> {
  const files: Unpacked[] = [];
  for await (const entry of Deno.readDir(join(root, below))) {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isSymlink) throw new Error(`${path} is a link`);
    if (entry.isDirectory) files.push(...await readAll(root, path));
    else files.push({ path, bytes: await Deno.readFile(join(root, path)) });
  }
  return files;
}

import { join, resolve, sep } from "@std/path";
import type { ModelFile } from "../../shared/runners/manifest.ts";

/** Where a model file goes: null when its name points out of the models folder. */
export function pathOf(root: string, { folder, file }: Pick<ModelFile, "folder" | "file">): string | null {
  const path = resolve(root, folder, file);
  return path.startsWith(resolve(root) + sep) && !/[\0]/.test(path) ? path : null;
}

/** Names of the files in a models folder and those below it, with `/`; empty where there is none. */
export async function filesIn(root: string, folder: string): Promise<string[]> {
  const names: string[] = [];
  const walk = async (path: string, prefix: string, depth: number): Promise<void> => {
    try {
      for await (const entry of Deno.readDir(path)) {
        if (entry.isDirectory && depth < 4) {
          await walk(join(path, entry.name), `${prefix}${entry.name}/`, depth + 1);
        } else if (!entry.name.endsWith(PARTIAL) && !entry.name.endsWith(NOTE)) {
          names.push(prefix + entry.name);
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  };
  await walk(join(root, folder), "", 0);
  return names;
}

/** Ends of the names of what lies beside a file that is not whole yet: its bytes, and what they are of. */
export const PARTIAL = ".part";
export const NOTE = ".part.json";

/** Whether a file lies in its folder or one below, as ComfyUI would list it. */
export async function hereInFolder(
  root: string,
  models: readonly ModelFile[],
): Promise<(model: ModelFile) => boolean> {
  const listed = new Map<string, string[]>();
  for (const folder of new Set(models.map((model) => model.folder))) {
    listed.set(folder, await filesIn(root, folder));
  }
  return ({ folder, file }) =>
    (listed.get(folder) ?? []).some((name) => name === file || name.endsWith(`/${file}`));
}

/** Bytes that lie there of a file that was begun; 0: none. */
export async function begun(root: string, model: ModelFile): Promise<number> {
  const path = pathOf(root, model);
  return path === null ? 0 : await Deno.stat(path + PARTIAL).then((info) => info.size, () => 0);
}

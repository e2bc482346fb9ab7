import { contentFaults, ItemManifest, LIBRARY_FOLDERS } from "../../shared/library/item.ts";
import { blobContents, listTree, type TreeFile } from "../git/mod.ts";

/** Bytes of one item.json: a template of thousands of nodes. */
export const LARGEST_ITEM = 8 * 1024 * 1024;
const ITEM = /^([^/]+)\/([^/]+)\/item\.json$/;

/** The folder of an item.json (`Characters/Keeper`); null for any other file. */
export function itemFolder(path: string): string | null {
  const [, folder, name] = ITEM.exec(path) ?? [];
  return folder && (LIBRARY_FOLDERS as readonly string[]).includes(folder) ? `${folder}/${name}` : null;
}

export function itemFiles(files: readonly TreeFile[]): TreeFile[] {
  return files.filter((file) => itemFolder(file.path) !== null);
}

/** The item that a file's bytes are, or what is wrong with them as a sentence. */
export function parseItem(bytes: Uint8Array): { item: ItemManifest } | { fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return { fault: `it is not JSON: ${error instanceof SyntaxError ? error.message : "it is not UTF-8"}.` };
  }
  const parsed = ItemManifest.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return { fault: `${path.map(String).join(".") || "the whole"}: ${message}.` };
  }
  const [fault] = contentFaults(parsed.data.content);
  return fault === undefined ? { item: parsed.data } : { fault };
}

/** All items of a commit by their folder; what is no sound item.json is left out. */
export async function itemsAt(
  gitDir: string,
  commit: string,
  wanted: (file: TreeFile) => boolean = () => true,
): Promise<Map<string, ItemManifest>> {
  const files = itemFiles(await listTree(gitDir, commit)).filter((file) =>
    file.size <= LARGEST_ITEM && wanted(file)
  );
  const items = new Map<string, ItemManifest>();
  // A few at a time: a library may hold thousands, and each may be large.
  for (let at = 0; at < files.length; at += 50) {
    const some = files.slice(at, at + 50);
    const blobs = await blobContents(gitDir, [...new Set(some.map((file) => file.blob))]);
    for (const file of some) {
      const read = parseItem(blobs.get(file.blob)!);
      if ("item" in read) items.set(itemFolder(file.path)!, read.item);
    }
  }
  return items;
}

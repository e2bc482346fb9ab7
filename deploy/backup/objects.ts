import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { dirname, join } from "@std/path";
import type { ObjectStore, Stores } from "../../gateway/objects/mod.ts";
import { BackupError } from "./record.ts";

export interface ListedObject {
  /** Ends in the oid. */
  key: string;
  /** Bytes. */
  size: number;
  /** It lies in its studio's own bucket and stays there. */
  elsewhere?: true;
}

const LIST = "objects.jsonl";

/**
 * The list of all objects, each where its studio's are; of a store on disk the objects, too: by hard link where both lie on one file system, so that a
 * backup costs no space for what a former one has. An object never changes under its name.
 */
export async function saveObjects(
  store: Stores,
  dataDir: string,
  folder: string,
): Promise<{ kept: "here" | "bucket"; count: number; bytes: number }> {
  let [count, bytes] = [0, 0];
  async function* lines() {
    for await (const { key, size } of store.list("tenants/")) {
      const here = store.kind === "disk" && await liesHere(store, key);
      if (here) {
        await linkOrCopy(join(dataDir, "objects", key), join(folder, "objects", key));
      }
      count++;
      bytes += size;
      const elsewhere = store.kind === "disk" && !here;
      yield JSON.stringify({ key, size, ...(elsewhere ? { elsewhere } : {}) }) + "\n";
    }
  }
  const text = ReadableStream.from(lines()).pipeThrough(new TextEncoderStream());
  await Deno.writeFile(join(folder, LIST), text, { createNew: true, mode: 0o600 });
  return { kept: store.kind === "disk" ? "here" : "bucket", count, bytes };
}

export async function loadObjects(folder: string, dataDir: string): Promise<void> {
  for await (const { key, elsewhere } of listed(folder)) {
    if (!elsewhere) await linkOrCopy(join(folder, "objects", key), join(dataDir, "objects", key));
  }
}

/** In a file of the gateway's own, and not in a bucket of its studio's. */
async function liesHere(store: Stores, key: string): Promise<boolean> {
  const { read, left } = await store.route(key.split("/")[1]!);
  const places = read.filter((place) => !left.includes(place));
  if (places.length === 1) return places[0] === store.own;
  for (const place of places) if (await place.head(key)) return place === store.own;
  return false;
}

/** What the backup lists and the store does not have in that size. Throws BackupError when the list is not whole. */
export async function missingObjects(
  store: ObjectStore,
  folder: string,
  wanted: number,
): Promise<ListedObject[]> {
  const there = new Map<string, number>();
  for await (const { key, size } of store.list("tenants/")) there.set(key, size);
  const missing: ListedObject[] = [];
  let count = 0;
  for await (const object of listed(folder)) {
    count++;
    if (there.get(object.key) !== object.size) missing.push(object);
  }
  if (count !== wanted) {
    throw new BackupError(
      `${join(folder, LIST)} is damaged: it lists ${count} objects, and ${wanted} were saved.`,
    );
  }
  return missing;
}

async function* listed(folder: string): AsyncIterable<ListedObject> {
  const lines = createInterface({ input: createReadStream(join(folder, LIST)) });
  for await (const line of lines) yield JSON.parse(line);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    await Deno.copyFile(from, to);
  }
}

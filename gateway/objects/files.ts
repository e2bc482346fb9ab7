import { dirname, join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import { checked, type Expected, requireOwnKey } from "./checked.ts";
import type { Unfinished } from "./mod.ts";
import { isFull, outOfSpace, requireSpace } from "./space.ts";

const INCOMING = ".incoming";
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

/** A key that is a path inside the store and nothing else: no empty, dotted or foreign segment. */
export function isKey(key: string): boolean {
  return key.length <= 600 && key.split("/").every((segment) => SEGMENT.test(segment));
}

/** The file of a key. Throws on anything that could lead elsewhere. */
export function fileOf(root: string, key: string): string {
  if (!isKey(key)) throw new Error(`Cannot use ${JSON.stringify(key)} as an object key`);
  return join(root, ...key.split("/"));
}

/**
 * Writes the expected bytes, and only those, under a key: to a name of its own, hashed on the way, on the platter before it
 * gets its real name, which it gets in one step. Two writers of one object do not disturb each other.
 *
 * Errors: ProblemError too_large, unprocessable, out_of_space; nothing half-written is left.
 */
export async function writeFile(
  root: string,
  key: string,
  body: Uint8Array | ReadableStream<Uint8Array>,
  expected: Expected,
): Promise<void> {
  const target = fileOf(root, key);
  const incoming = join(root, INCOMING, uuidv7());
  try {
    await Deno.mkdir(dirname(incoming), { recursive: true });
    await Deno.mkdir(dirname(target), { recursive: true });
    await requireSpace(root, expected.size);
    {
      using file = await Deno.open(incoming, { write: true, createNew: true });
      for await (const chunk of checked(body, expected)) await writeAll(file, chunk);
      await file.sync();
    }
    await Deno.rename(incoming, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await Deno.remove(incoming).catch(() => {});
    throw isFull(error) ? outOfSpace(expected.size, error) : error;
  }
}

/**
 * The object's file under another key, too: a hard link, as an object never changes under its name; a copy on file systems
 * without. Whole under its name or not there. False when there is no such object.
 */
export async function linkFile(root: string, from: string, to: string): Promise<boolean> {
  const [source, target] = [fileOf(root, from), fileOf(root, to)];
  requireOwnKey(to, from.slice(from.lastIndexOf("/") + 1));
  await Deno.mkdir(dirname(target), { recursive: true });
  try {
    await Deno.link(source, target);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    if (error instanceof Deno.errors.NotFound) return false;
    const incoming = join(root, INCOMING, uuidv7());
    try {
      await Deno.mkdir(dirname(incoming), { recursive: true });
      await requireSpace(root, (await Deno.stat(source)).size);
      await Deno.copyFile(source, incoming);
      {
        using file = await Deno.open(incoming, { read: true, write: true });
        await file.sync();
      }
      await Deno.rename(incoming, target);
    } catch (failure) {
      await Deno.remove(incoming).catch(() => {});
      throw isFull(failure) ? outOfSpace(0, failure) : failure;
    }
  }
  await syncFolder(dirname(target));
  return true;
}

/** What a crash left behind: uploads that nobody writes any more. */
export async function sweepIncoming(root: string): Promise<void> {
  const folder = join(root, INCOMING);
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      const { mtime } = await Deno.stat(path);
      if (mtime && Date.now() - mtime.getTime() > 24 * 3600_000) await Deno.remove(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Uploads that are being written, or were when their gateway died: nobody knows of what. */
export async function* incoming(root: string): AsyncGenerator<Unfinished> {
  try {
    for await (const { name } of Deno.readDir(join(root, INCOMING))) {
      const info = await Deno.stat(join(root, INCOMING, name)).catch(() => null);
      if (info) {
        yield { key: `${INCOMING}/${name}`, id: name, size: info.size, begun: info.mtime ?? new Date() };
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function dropIncoming(root: string, name: string): Promise<void> {
  if (!SEGMENT.test(name)) throw new Error(`Cannot use ${JSON.stringify(name)} as a file of an upload`);
  await Deno.remove(join(root, INCOMING, name)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

export async function* walk(
  root: string,
  prefix: string,
): AsyncIterable<{ key: string; size: number; modified: Date }> {
  const slash = prefix.lastIndexOf("/");
  const folder = slash < 0 ? "" : prefix.slice(0, slash);
  if (folder !== "" && !isKey(folder)) return;
  yield* walkFolder(root, folder, prefix);
}

async function* walkFolder(
  root: string,
  folder: string,
  prefix: string,
): AsyncIterable<{ key: string; size: number; modified: Date }> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(join(root, folder))) entries.push(entry);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const key = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const fits = key.startsWith(prefix) || prefix.startsWith(`${key}/`);
    if (!SEGMENT.test(entry.name) || !fits) continue;
    if (entry.isDirectory) yield* walkFolder(root, key, prefix);
    else if (entry.isFile) {
      const { size, mtime } = await Deno.stat(join(root, key));
      yield { key, size, modified: mtime ?? new Date(0) };
    }
  }
}

/** `end` is inclusive. Closes the file when it is read to its end or given up. */
export function readSpan(file: Deno.FsFile, start: number, end: number): ReadableStream<Uint8Array> {
  let at = start;
  let seeked = start === 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        if (!seeked) {
          await file.seek(start, Deno.SeekMode.Start);
          seeked = true;
        }
        const left = end - at + 1;
        const buffer = new Uint8Array(Math.min(left, 256 * 1024));
        const read = left > 0 ? await file.read(buffer) : null;
        if (read === null) {
          file.close();
          if (left > 0) controller.error(new Error("The object's file became shorter while it was read"));
          else controller.close();
          return;
        }
        at += read;
        controller.enqueue(buffer.subarray(0, read));
      } catch (error) {
        file.close();
        throw error;
      }
    },
    cancel() {
      file.close();
    },
  }, { highWaterMark: 0 });
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** A rename survives a power cut only when its folder was synced too; systems that cannot do that need not. */
async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder);
  await handle.sync();
}

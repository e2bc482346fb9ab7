import { join } from "@std/path";
import type { Studio } from "../studio.ts";
import { requireOwnKey } from "./checked.ts";
import { diskRoutes } from "./disk_routes.ts";
import {
  dropIncoming,
  fileOf,
  incoming,
  linkFile,
  readSpan,
  sweepIncoming,
  walk,
  writeFile,
} from "./files.ts";
import type { ObjectStore, Stored } from "./mod.ts";
import { selfTest } from "./trial.ts";
import { signGrant } from "./signature.ts";

/** Objects as files under `<data>/objects`, read and written from outside by signed URLs of this gateway. */
export function openDiskStore(studio: Studio): ObjectStore {
  const root = join(studio.config.dataDir, "objects");
  const url = (key: string, query: string) => `${publicUrl(studio)}/objects/${key}?${query}`;

  const store: ObjectStore = {
    kind: "disk",
    origins: [],
    of: () => Promise.resolve(store),
    originsOf: () => Promise.resolve([]),
    longestLinkS: null,
    head: (key) => stat(root, key),
    async get(key, range) {
      const file = await open(root, key);
      if (!file) return null;
      const { size } = await file.stat();
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? size - 1, size - 1);
      if (start > end && size > 0) {
        file.close();
        throw new RangeError(`Cannot read bytes ${start} to ${end} of ${key}: it has ${size}`);
      }
      return { stream: readSpan(file, start, end), size: end - start + 1 };
    },
    async put(key, body, expected) {
      requireOwnKey(key, expected.oid);
      await writeFile(root, key, body, expected);
    },
    copy: (from, to) => linkFile(root, from, to),
    async delete(key) {
      await Deno.remove(fileOf(root, key)).catch(ignoreMissing);
    },
    list: (prefix) => walk(root, prefix),
    async signedPut(key, expected, expiresS) {
      requireOwnKey(key, expected.oid);
      const query = await signGrant(await studio.auth.signingKey(), {
        method: "PUT",
        key,
        expires: inSeconds(expiresS),
        ...expected,
      });
      return { href: url(key, query), header: { "Content-Type": "application/octet-stream" } };
    },
    async signedGet(key, { expiresS, fileName, contentType }) {
      const query = await signGrant(await studio.auth.signingKey(), {
        method: "GET",
        key,
        expires: inSeconds(expiresS),
        fileName,
        contentType,
      });
      return url(key, query);
    },
    largestPut: null,
    parts: null,
    unfinished: () => incoming(root),
    drop: ({ id }) => dropIncoming(root, id),
    async selfTest(folder) {
      await sweepIncoming(root);
      return await selfTest(store, folder);
    },
    routes: () => diskRoutes({ root, signingKey: () => studio.auth.signingKey() }),
    async [Symbol.asyncDispose]() {},
  };
  return store;
}

async function stat(root: string, key: string): Promise<Stored | null> {
  const file = fileOf(root, key);
  try {
    const info = await Deno.stat(file);
    // Nothing gets its name here before its bytes were hashed.
    return info.isFile ? { size: info.size, sha256: key.slice(key.lastIndexOf("/") + 1) } : null;
  } catch (error) {
    return ignoreMissing(error);
  }
}

async function open(root: string, key: string): Promise<Deno.FsFile | null> {
  if (!await stat(root, key)) return null;
  return await Deno.open(fileOf(root, key)).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
  throw error;
}

function publicUrl(studio: Studio): string {
  if (!studio.config.publicUrl) {
    throw new Error("Cannot sign an object URL before the gateway knows its own URL");
  }
  return studio.config.publicUrl;
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + Math.max(1, Math.ceil(seconds));
}

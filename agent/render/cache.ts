import { join } from "@std/path";
import { statfs } from "node:fs/promises";

/** Rendered pieces of films, kept by what they were made of, so that a change to one shot renders that shot alone. */
export interface SegmentCache {
  /** Puts the piece of this key at `to`; false when it is not kept. */
  fetch(key: string, to: string): Promise<boolean>;
  /**
   * Keeps the file under this key, where there is room; from then on it may be removed and read, not written. Never fails: it
   * only saves work.
   */
  keep(key: string, from: string): Promise<void>;
}

/** Where nothing is kept. */
export const NO_CACHE: SegmentCache = {
  fetch: () => Promise.resolve(false),
  keep: () => Promise.resolve(),
};

export interface CacheOptions {
  /** Bytes that may be kept at most; a tenth of what is free and 20 GB are the most in any case. */
  atMost?: () => Promise<number>;
}

const LARGEST = 20e9;

/**
 * A cache in a folder of its own, of the agent's file system: pieces are linked, not copied. When it grows beyond its
 * budget, those that were not used for longest go.
 */
export function openCache(folder: string, options: CacheOptions = {}): SegmentCache {
  let held: Promise<number> | null = null;
  const budget = async () => Math.min(await options.atMost?.() ?? LARGEST, await tenthOf(folder));

  async function room(bytes: number): Promise<boolean> {
    const limit = await budget();
    if (bytes > limit / 4) return false;
    const total = await (held ??= sizeOf(folder));
    if (total + bytes > limit) held = evict(folder, Math.max(0, limit * 0.9 - bytes));
    held = Promise.resolve((await held ?? 0) + bytes);
    return true;
  }

  return {
    async fetch(key, to) {
      const path = pathOf(folder, key);
      try {
        await place(path, to);
        const now = new Date();
        await Deno.utime(path, now, now).catch(() => {});
        return true;
      } catch {
        return false;
      }
    },
    async keep(key, from) {
      const path = pathOf(folder, key);
      // Whole or not at all: a link is made at once, and a copy under another name first.
      const part = `${path}.${crypto.randomUUID()}.part`;
      try {
        if (!await room((await Deno.stat(from)).size)) return;
        await Deno.mkdir(join(path, ".."), { recursive: true });
        await place(from, part);
        await Deno.rename(part, path);
      } catch {
        // The disk is full, or the owner has cleaned up. Half a piece would only take more of it.
        await Deno.remove(part).catch(() => {});
      }
    },
  };
}

function pathOf(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), key);
}

async function place(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    // Some file systems have no links, and one is left by an attempt that a crash ended.
    await Deno.remove(to).catch(() => {});
    await Deno.copyFile(from, to);
  }
}

async function tenthOf(folder: string): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = Number(bavail) * Number(bsize);
  return Math.min(LARGEST, (free + await sizeOf(folder)) / 10);
}

interface Kept {
  path: string;
  size: number;
  used: number;
}

async function kept(folder: string): Promise<Kept[]> {
  const all: Kept[] = [];
  try {
    for await (const part of Deno.readDir(folder)) {
      if (!part.isDirectory) continue;
      for await (const { name } of Deno.readDir(join(folder, part.name))) {
        const path = join(folder, part.name, name);
        const info = await Deno.stat(path).catch(() => null);
        if (info) all.push({ path, size: info.size, used: info.mtime?.getTime() ?? 0 });
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return all;
}

async function sizeOf(folder: string): Promise<number> {
  return (await kept(folder)).reduce((sum, { size }) => sum + size, 0);
}

/** Removes those that were not used for longest until `limit` bytes are left; those that are left. */
async function evict(folder: string, limit: number): Promise<number> {
  const all = (await kept(folder)).toSorted((a, b) => a.used - b.used);
  let left = all.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of all) {
    if (left <= limit) break;
    await Deno.remove(path).catch(() => {});
    left -= size;
  }
  return left;
}

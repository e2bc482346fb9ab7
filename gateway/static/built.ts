import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { extname, join } from "@std/path";

/** One file of the built canvas, as it is served. */
export interface BuiltFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Null where it would not be smaller. */
  gzip: Uint8Array<ArrayBuffer> | null;
  etag: string;
  contentType: string;
  /** Its name holds a hash of its content, so it may be cached for ever. */
  hashed: boolean;
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const WORTH_ZIPPING = new Set([".html", ".js", ".css", ".json", ".map", ".svg", ".txt", ".webmanifest"]);

/** Kept while the file on disk is the one that was read: a new build is served without a restart. */
const kept = new Map<string, { stamp: string; file: BuiltFile }>();

/** A file of the build by its path in it; null when there is none, or the path is not one that a build makes. */
export async function readBuilt(folder: string, path: string): Promise<BuiltFile | null> {
  // Whole names only: no "..", no hidden file, nothing percent-encoded.
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(path)) return null;
  const full = join(folder, path);
  try {
    const { isFile, mtime, size } = await Deno.stat(full);
    if (!isFile) return null;
    const stamp = `${mtime?.getTime()} ${size}`;
    const before = kept.get(full);
    if (before?.stamp === stamp) return before.file;
    const file = describe(path, await Deno.readFile(full));
    kept.set(full, { stamp, file });
    return file;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

function describe(path: string, bytes: Uint8Array<ArrayBuffer>): BuiltFile {
  const extension = extname(path);
  const zipped = WORTH_ZIPPING.has(extension) && bytes.length > 512 ? gzipSync(bytes, { level: 9 }) : null;
  return {
    bytes,
    gzip: zipped && zipped.length < bytes.length ? new Uint8Array(zipped) : null,
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    contentType: TYPES[extension] ?? "application/octet-stream",
    hashed: /[-.][A-Z0-9]{8,}\.\w+$/i.test(path),
  };
}

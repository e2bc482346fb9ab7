import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 (hex) and size of a file, read once in pieces: a film does not fit in memory. */
export async function digestFile(
  path: string,
  signal?: AbortSignal,
  /** Of a part of it; `end` is exclusive. */
  span?: { start: number; end: number },
): Promise<{ oid: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  const range = span ? { start: span.start, end: span.end - 1 } : {};
  for await (const piece of createReadStream(path, { ...range, highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(piece as Uint8Array);
    size += (piece as Uint8Array).length;
  }
  return { oid: hash.digest("hex"), size };
}

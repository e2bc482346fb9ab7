import { Zip, ZipDeflate, ZipPassThrough } from "fflate";

export interface ZipEntry {
  path: string;
  /** Text is worth compressing; media is compressed already. */
  deflate: boolean;
  open(): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
}

/** Longest archive without ZIP64, bytes, with room for its directory; and most entries. */
export const ZIP_BYTES = 0xffffffff - 32 * 1024 * 1024;
export const ZIP_ENTRIES = 0xffff;

/**
 * A zip as it is read: an entry is opened when the one before it has been sent, and nothing is held but a chunk. Whoever
 * stops reading closes what is open.
 */
export async function* zip(entries: Iterable<ZipEntry>, modified: Date): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  const take = () => {
    const chunks = ready.filter((chunk) => chunk.length > 0);
    ready = [];
    return chunks;
  };
  for (const entry of entries) {
    const file = entry.deflate ? new ZipDeflate(entry.path, { level: 6 }) : new ZipPassThrough(entry.path);
    file.mtime = modified;
    archive.add(file);
    for await (const chunk of await entry.open()) {
      file.push(chunk, false);
      yield* take();
    }
    file.push(new Uint8Array(), true);
    yield* take();
  }
  archive.end();
  yield* take();
}

import { letters, u32, viewOf } from "./boxes.ts";
import { fileType, moovOf } from "./moov.ts";
import { type Chunk, chunksOf, type Movie, type PictureTrack, type SoundTrack } from "./movie.ts";

/**
 * Writes a film whose samples lie in other files: tables first, so that players begin at once, then the samples, one second
 * of picture and of sound in turn. Times are counted in whole ticks of the film's rate; nothing is decoded and nothing is
 * written twice. Calls back with the bytes written.
 */
export async function writeMovie(
  movie: Movie,
  to: string,
  options: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  const head = fileType(movie);
  const chunks = chunksOf(movie);
  // The table's length does not depend on the places in it.
  const draft = moovOf(movie, chunks, 0);
  const begin = head.length + draft.length + 16;
  const moov = moovOf(movie, chunks, begin);
  const mdat = new Uint8Array(16);
  mdat.set([0, 0, 0, 1, ...letters("mdat")]);
  const total = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  viewOf(mdat).setBigUint64(8, BigInt(total + 16));
  using file = await Deno.open(to, { write: true, create: true, truncate: true });
  const sink = new Sink(file, Math.min(BUFFER, begin + total));
  for (const bytes of [head, moov, mdat]) await sink.write(bytes);
  await copyChunks(movie, chunks, sink, options);
  await sink.flush();
}

async function copyChunks(
  movie: Movie,
  chunks: readonly Chunk[],
  to: Sink,
  { signal, onBytes }: { signal?: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<void> {
  using picture = new SampleReader(movie.picture);
  using sound = movie.sound ? new SampleReader(movie.sound) : null;
  let written = 0;
  for (const { track, count, bytes } of chunks) {
    signal?.throwIfAborted();
    if (track === "timecode") await to.write(u32(movie.timecode.start));
    else await (track === "picture" ? picture : sound!).copy(count, to);
    onBytes?.(written += bytes);
  }
}

const BUFFER = 1 << 20;

/** Gathers what is written: samples have some kilobytes each, and to wait for each takes longer than to copy it. */
class Sink {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #filled = 0;
  constructor(private readonly file: Deno.FsFile, held: number) {
    this.#buffer = new Uint8Array(held);
  }

  /** Room for `bytes` or some of them, which are to be filled at once. */
  async room(bytes: number): Promise<Uint8Array> {
    if (this.#filled === this.#buffer.length) await this.flush();
    const from = this.#filled;
    this.#filled = Math.min(this.#buffer.length, from + bytes);
    return this.#buffer.subarray(from, this.#filled);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const room = await this.room(bytes.length - at);
      room.set(bytes.subarray(at, at + room.length));
      at += room.length;
    }
  }

  async flush(): Promise<void> {
    const held = this.#buffer.subarray(0, this.#filled);
    for (let written = 0; written < held.length;) written += await this.file.write(held.subarray(written));
    this.#filled = 0;
  }
}

/** Reads a track's samples in order, those that lie together at once. */
class SampleReader {
  #open: { path: string; file: Deno.FsFile } | null = null;
  #part = 0;
  #within = 0;
  constructor(private readonly track: PictureTrack | SoundTrack) {}

  async copy(count: number, to: Sink): Promise<void> {
    if ("raw" in this.track) {
      const { path, bytes } = this.track.raw;
      await this.#bytes(path, this.#within, count * bytes, to);
      this.#within += count * bytes;
      return;
    }
    const { parts } = this.track;
    while (count > 0) {
      const part = parts[this.#part]!;
      if (this.#within >= part.sizes.length) {
        this.#part++;
        this.#within = 0;
        continue;
      }
      const start = part.offsets[this.#within]!;
      const head = part.heads?.[this.#within];
      if (head) {
        await to.write(head);
        await this.#bytes(part.path, start + head.length, part.sizes[this.#within++]! - head.length, to);
        count--;
        continue;
      }
      let end = start;
      while (count > 0 && this.#within < part.sizes.length && part.offsets[this.#within] === end) {
        end += part.sizes[this.#within++]!;
        count--;
      }
      await this.#bytes(part.path, start, end - start, to);
    }
  }

  async #bytes(path: string, start: number, length: number, to: Sink): Promise<void> {
    if (this.#open?.path !== path) {
      this.#open?.file.close();
      this.#open = null;
      this.#open = { path, file: await Deno.open(path, { read: true }) };
    }
    const { file } = this.#open;
    file.seekSync(start, Deno.SeekMode.Start);
    for (let left = length; left > 0;) {
      const room = await to.room(left);
      for (let filled = 0; filled < room.length;) {
        const read = file.readSync(room.subarray(filled));
        if (read === null) throw new Error(`${path} has become shorter while it was read.`);
        filled += read;
      }
      left -= room.length;
    }
  }

  [Symbol.dispose](): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

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
  for (const bytes of [head, moov, mdat]) await writeAll(file, bytes);
  await copyChunks(movie, chunks, file, options);
}

async function copyChunks(
  movie: Movie,
  chunks: readonly Chunk[],
  to: Deno.FsFile,
  { signal, onBytes }: { signal?: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<void> {
  using picture = new SampleReader(movie.picture);
  using sound = movie.sound ? new SampleReader(movie.sound) : null;
  let written = 0;
  for (const { track, count, bytes } of chunks) {
    signal?.throwIfAborted();
    if (track === "timecode") await writeAll(to, u32(movie.timecode.start));
    else await (track === "picture" ? picture : sound!).copy(count, to);
    onBytes?.(written += bytes);
  }
}

const BUFFER = 1 << 20;

/** Reads a track's samples in order, those that lie together at once. */
class SampleReader {
  #open: { path: string; file: Deno.FsFile } | null = null;
  #part = 0;
  #within = 0;
  readonly #buffer = new Uint8Array(BUFFER);
  constructor(private readonly track: PictureTrack | SoundTrack) {}

  async copy(count: number, to: Deno.FsFile): Promise<void> {
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
      let end = start;
      while (count > 0 && this.#within < part.sizes.length && part.offsets[this.#within] === end) {
        end += part.sizes[this.#within++]!;
        count--;
      }
      await this.#bytes(part.path, start, end - start, to);
    }
  }

  async #bytes(path: string, start: number, length: number, to: Deno.FsFile): Promise<void> {
    if (this.#open?.path !== path) {
      this.#open?.file.close();
      this.#open = null;
      this.#open = { path, file: await Deno.open(path, { read: true }) };
    }
    const { file } = this.#open;
    await file.seek(start, Deno.SeekMode.Start);
    for (let left = length; left > 0;) {
      const read = await file.read(this.#buffer.subarray(0, Math.min(BUFFER, left)));
      if (read === null) throw new Error(`${path} has become shorter while it was read.`);
      await writeAll(to, this.#buffer.subarray(0, read));
      left -= read;
    }
  }

  [Symbol.dispose](): void {
    this.#open?.file.close();
    this.#open = null;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

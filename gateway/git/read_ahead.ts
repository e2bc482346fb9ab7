/** Bytes that wait in memory before they are put on disk. */
const IN_MEMORY = 8 * 1024 ** 2;
/** Bytes in memory with which reading waits for the disk, which is slower than the line then. */
const MOST_IN_MEMORY = 32 * 1024 ** 2;
/** Bytes handed on at once. */
const PIECE = 1024 ** 2;

/**
 * A body into git, read as fast as it comes, however slowly git takes it. What git cannot take yet waits in memory and, beyond some
 * megabytes, in `folder` in a file without a name.
 *
 * Deno's HTTP/1 server (2.8.3 and later) takes up to 64 KiB from the line for each chunk that is read, however small that is, and moves all
 * that it has taken for each next one: whoever reads more slowly than a client sends gets slower and slower. A push of 150 MB took
 * 98 s so, of which git needs 2. Whoever reads does nothing else, therefore, unless the disk cannot follow.
 *
 * Ends when all has been written and `sink` is closed, or with the error of either side, at once.
 */
export async function feedAhead(
  body: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  folder: string,
): Promise<void> {
  const reader = body.getReader();
  const writer = sink.getWriter();
  using waiting = new Waiting(folder);
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return waiting.end();
      waiting.add(value);
      await waiting.room();
    }
  };
  const write = async () => {
    for await (const piece of waiting.pieces()) await writer.write(piece);
    await writer.close();
  };
  const works = [read(), write(), waiting.spill()];
  try {
    await Promise.all(works);
  } catch (error) {
    waiting.end();
    await Promise.allSettled([reader.cancel(error), writer.abort(error), ...works]);
    throw error;
  }
}

/** First in, first out: what is on disk came before what is in memory. */
class Waiting implements Disposable {
  #folder: string;
  #memory: Uint8Array[] = [];
  #held = 0;
  #disk: { read: Deno.FsFile; write: Deno.FsFile } | null = null;
  #onDisk = 0;
  /** What is written next; the same memory each time. */
  #gathered: Uint8Array<ArrayBuffer> | null = null;
  #spilling = false;
  #ended = false;
  #moved = Promise.withResolvers<void>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(piece: Uint8Array): void {
    this.#memory.push(piece);
    this.#held += piece.length;
    this.#move();
  }

  /** Once there is room for more. */
  async room(): Promise<void> {
    while (this.#held > MOST_IN_MEMORY && !this.#ended) await this.#moved.promise;
  }

  end(): void {
    this.#ended = true;
    this.#move();
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#onDisk) yield await this.#fromDisk();
      else if (this.#spilling) await this.#moved.promise;
      else if (this.#held) yield this.#fromMemory(PIECE);
      else if (this.#ended) return;
      else await this.#moved.promise;
    }
  }

  /** Keeps what is in memory small, until the end. */
  async spill(): Promise<void> {
    while (!this.#ended) {
      if (this.#held <= IN_MEMORY) {
        await this.#moved.promise;
        continue;
      }
      this.#spilling = true;
      this.#disk ??= await openNameless(this.#folder);
      const bytes = this.#fromMemory(IN_MEMORY, this.#gathered ??= new Uint8Array(IN_MEMORY));
      for (let at = 0; at < bytes.length;) at += await this.#disk.write.write(bytes.subarray(at));
      this.#onDisk += bytes.length;
      this.#spilling = false;
      this.#move();
    }
  }

  /** The oldest pieces, as many as fit, in one: in `into`, or in memory of their own. */
  #fromMemory(most: number, into?: Uint8Array<ArrayBuffer>): Uint8Array {
    let [count, size] = [1, this.#memory[0]!.length];
    while (count < this.#memory.length && size + this.#memory[count]!.length <= most) {
      size += this.#memory[count++]!.length;
    }
    const some = this.#memory.splice(0, count);
    this.#held -= size;
    if (some.length === 1) return some[0]!;
    const bytes = into?.subarray(0, size) ?? new Uint8Array(size);
    let at = 0;
    for (const piece of some) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  async #fromDisk(): Promise<Uint8Array> {
    const { read } = this.#disk!;
    const bytes = new Uint8Array(Math.min(PIECE, this.#onDisk));
    const count = await read.read(bytes) ?? 0;
    if (count === 0) throw new Error("What waited on disk for git could not be read back");
    this.#onDisk -= count;
    return bytes.subarray(0, count);
  }

  #move(): void {
    const { resolve } = this.#moved;
    this.#moved = Promise.withResolvers();
    resolve();
  }

  [Symbol.dispose](): void {
    this.#disk?.read.close();
    this.#disk?.write.close();
  }
}

/** One file, open twice, gone with whoever has it open: also with a gateway that dies. */
async function openNameless(folder: string): Promise<{ read: Deno.FsFile; write: Deno.FsFile }> {
  const path = await Deno.makeTempFile({ dir: folder, prefix: "push-" });
  try {
    return { read: await Deno.open(path), write: await Deno.open(path, { write: true }) };
  } finally {
    await Deno.remove(path);
  }
}

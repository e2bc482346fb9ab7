import { crc32 } from "node:zlib";

/** What the directory at the end of the archive says of a file. */
interface Entry {
  name: Uint8Array;
  crc: number;
  size: number;
  at: number;
}

/** Bits of general purpose: the name is UTF-8. */
const UTF8 = 0x800;
/** "4.5 needed": sizes of 64 bits. */
const NEEDED = 45;
/** 1980-01-01, the first day there is: the same film gives the same archive. */
const DAY = 0x21;
const WIDE = 0xffffffff;

/** Writes a ZIP archive of uncompressed files, one after another, of any size (PKWARE APPNOTE 6.3, ZIP64). */
export class ZipWriter implements Disposable {
  readonly #entries: Entry[] = [];
  #at = 0;
  private constructor(private readonly file: Deno.FsFile) {}

  static async open(path: string): Promise<ZipWriter> {
    return new ZipWriter(await Deno.open(path, { write: true, create: true, truncate: true }));
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.#head(name, crc32(bytes), bytes.length);
    await this.#write(bytes);
  }

  /** Read twice, as its checksum stands before it. */
  async addFile(name: string, path: string, signal: AbortSignal): Promise<void> {
    let [crc, size] = [0, 0];
    for await (const part of partsOf(path)) {
      signal.throwIfAborted();
      crc = crc32(part, crc);
      size += part.length;
    }
    await this.#head(name, crc, size);
    for await (const part of partsOf(path)) {
      signal.throwIfAborted();
      await this.#write(part);
    }
  }

  async end(): Promise<void> {
    const at = this.#at;
    for (const entry of this.#entries) await this.#write(directoryEntry(entry));
    const size = this.#at - at;
    const count = this.#entries.length;
    const wide = record(56, (view) => {
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(4, 44n, true);
      view.setUint16(12, NEEDED, true);
      view.setUint16(14, NEEDED, true);
      view.setBigUint64(24, BigInt(count), true);
      view.setBigUint64(32, BigInt(count), true);
      view.setBigUint64(40, BigInt(size), true);
      view.setBigUint64(48, BigInt(at), true);
    });
    const locator = record(20, (view) => {
      view.setUint32(0, 0x07064b50, true);
      view.setBigUint64(8, BigInt(at + size), true);
      view.setUint32(16, 1, true);
    });
    const last = record(22, (view) => {
      view.setUint32(0, 0x06054b50, true);
      view.setUint16(8, Math.min(count, 0xffff), true);
      view.setUint16(10, Math.min(count, 0xffff), true);
      view.setUint32(12, Math.min(size, WIDE), true);
      view.setUint32(16, Math.min(at, WIDE), true);
    });
    for (const bytes of [wide, locator, last]) await this.#write(bytes);
  }

  async #head(name: string, crc: number, size: number): Promise<void> {
    const text = new TextEncoder().encode(name);
    this.#entries.push({ name: text, crc, size, at: this.#at });
    const bytes = record(30 + text.length + 20, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint16(4, NEEDED, true);
      view.setUint16(6, UTF8, true);
      view.setUint16(12, DAY, true);
      view.setUint32(14, crc, true);
      view.setUint32(18, WIDE, true);
      view.setUint32(22, WIDE, true);
      view.setUint16(26, text.length, true);
      view.setUint16(28, 20, true);
      const extra = 30 + text.length;
      view.setUint16(extra, 1, true);
      view.setUint16(extra + 2, 16, true);
      view.setBigUint64(extra + 4, BigInt(size), true);
      view.setBigUint64(extra + 12, BigInt(size), true);
    });
    bytes.set(text, 30);
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) written += await this.file.write(bytes.subarray(written));
    this.#at += bytes.length;
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

function directoryEntry({ name, crc, size, at }: Entry): Uint8Array {
  const bytes = record(46 + name.length + 28, (view) => {
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(4, NEEDED, true);
    view.setUint16(6, NEEDED, true);
    view.setUint16(8, UTF8, true);
    view.setUint16(14, DAY, true);
    view.setUint32(16, crc, true);
    view.setUint32(20, WIDE, true);
    view.setUint32(24, WIDE, true);
    view.setUint16(28, name.length, true);
    view.setUint16(30, 28, true);
    view.setUint32(42, WIDE, true);
    const extra = 46 + name.length;
    view.setUint16(extra, 1, true);
    view.setUint16(extra + 2, 24, true);
    view.setBigUint64(extra + 4, BigInt(size), true);
    view.setBigUint64(extra + 12, BigInt(size), true);
    view.setBigUint64(extra + 20, BigInt(at), true);
  });
  bytes.set(name, 46);
  return bytes;
}

function record(length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(1 << 20);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    yield buffer.subarray(0, read);
  }
}

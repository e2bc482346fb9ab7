import { ProblemError } from "../../shared/http/problem.ts";

/** One line of a zip's central directory (APPNOTE.TXT 4.3.12). */
export interface Listed {
  path: string;
  flags: number;
  method: number;
  crc: number;
  /** Bytes in the zip. */
  packed: number;
  /** Bytes unpacked, as it claims. */
  size: number;
  /** Of its local header. */
  offset: number;
  /** As Unix has it; 0 when another system wrote it. */
  mode: number;
}

export interface Directory {
  listed: Listed[];
  /** Of the whole zip. */
  bytes: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const FULL_32 = 0xffffffff;
/** End record and the longest comment behind it. */
const TAIL = 22 + 0xffff;
const MOST_ENTRIES = 200_000;
const MOST_BYTES = 64 * 1024 ** 2;
const UTF8 = 0x800;
const UNIX = 3;

/** Reads the list of files at the end of a zip, also of one with ZIP64. ProblemError unprocessable when there is none. */
export async function readDirectory(file: Deno.FsFile): Promise<Directory> {
  const { size: bytes } = await file.stat();
  const tail = await read(file, Math.max(0, bytes - TAIL), Math.min(bytes, TAIL));
  const at = findEnd(tail);
  if (at < 0) {
    throw noZip(bytes === 0 ? "it is empty" : "it has no list of files at its end; it may be cut off");
  }
  let { count, length, offset } = endOf(tail, at);
  if (count === 0xffff || length === FULL_32 || offset === FULL_32) {
    ({ count, length, offset } = await end64(file, tail, at));
  }
  if (count > MOST_ENTRIES || length > MOST_BYTES) throw noZip(`it lists more than ${MOST_ENTRIES} files`);
  if (offset + length > bytes) throw noZip("its list of files is cut off");
  return { listed: parse(await read(file, offset, length), count), bytes };
}

function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - 22; at >= 0; at--) if (tail.getUint32(at, true) === END) return at;
  return -1;
}

function endOf(tail: DataView, at: number): { count: number; length: number; offset: number } {
  return {
    count: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
}

async function end64(
  file: Deno.FsFile,
  tail: DataView,
  at: number,
): Promise<{ count: number; length: number; offset: number }> {
  if (at < 20 || tail.getUint32(at - 20, true) !== LOCATOR_64) {
    throw noZip("its list of files cannot be found");
  }
  const end = await read(file, Number(tail.getBigUint64(at - 12, true)), 56);
  if (end.byteLength < 56 || end.getUint32(0, true) !== END_64) {
    throw noZip("its list of files cannot be found");
  }
  return {
    count: Number(end.getBigUint64(32, true)),
    length: Number(end.getBigUint64(40, true)),
    offset: Number(end.getBigUint64(48, true)),
  };
}

function parse(view: DataView, count: number): Listed[] {
  const listed: Listed[] = [];
  let at = 0;
  for (let nth = 0; nth < count; nth++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) {
      throw noZip("its list of files is damaged");
    }
    const flags = view.getUint16(at + 8, true);
    const [names, extras, comments] = [28, 30, 32].map((part) => view.getUint16(at + part, true)) as [
      number,
      number,
      number,
    ];
    const end = at + 46 + names + extras;
    if (end > view.byteLength) throw noZip("its list of files is damaged");
    const sizes = large(view, { from: at + 46 + names, to: end }, {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    });
    listed.push({
      path: textOf(new Uint8Array(view.buffer, view.byteOffset + at + 46, names), flags),
      flags,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      mode: view.getUint8(at + 5) === UNIX ? view.getUint16(at + 40, true) : 0,
      ...sizes,
    });
    at = end + comments;
  }
  return listed;
}

/** What does not fit in 32 bits stands in an extra field (4.5.3), in this order, and only what does not. */
function large<T extends { size: number; packed: number; offset: number }>(
  view: DataView,
  { from, to }: { from: number; to: number },
  sizes: T,
): T {
  const wanted = (["size", "packed", "offset"] as const).filter((key) => sizes[key] === FULL_32);
  if (wanted.length === 0) return sizes;
  for (let at = from; at + 4 <= to;) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + length <= to && length >= 8 * wanted.length) {
      const read = wanted.map((key, nth) => [key, Number(view.getBigUint64(at + 4 + 8 * nth, true))]);
      return { ...sizes, ...Object.fromEntries(read) };
    }
    at += 4 + length;
  }
  throw noZip("its list of files is damaged");
}

/** Windows' own older zips have backslashes, and names in whatever the machine spoke. */
function textOf(bytes: Uint8Array, flags: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\\", "/");
  } catch {
    if (flags & UTF8) throw noZip("a name in it is not UTF-8");
    return new TextDecoder("latin1").decode(bytes).replaceAll("\\", "/");
  }
}

async function read(file: Deno.FsFile, at: number, length: number): Promise<DataView> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const part = await file.read(bytes.subarray(got));
    if (part === null) break;
    got += part;
  }
  return new DataView(bytes.buffer, 0, got);
}

function noZip(why: string): ProblemError {
  return new ProblemError(
    "unprocessable",
    `This is no zip that can be read: ${why}. Choose another, or make it again.`,
  );
}

import { crc32 } from "node:zlib";
import { Inflate } from "fflate";
import { ProblemError } from "../../shared/http/problem.ts";
import { pathFault } from "../git/mod.ts";
import { type Directory, type Listed, readDirectory } from "./zip_directory.ts";

/** One file of a zip. */
export interface Packed extends Listed {
  /** Bytes, unpacked, as the directory says; not a byte more comes out. */
  size: number;
}

export interface Unzip extends Disposable {
  /** By path; folders are none. */
  entries: Map<string, Packed>;
  /** The file's bytes, unpacked as they are read. They fail at the first that was not announced, and when the sum is wrong. */
  open(entry: Packed): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Deflate makes 1,032 bytes of one at most; what claims more is made to burst. */
const STEEPEST = 1100;
/** A zip of a production is media, which does not shrink: unpacked it is about as large. */
const MOST_TIMES = 200;
const SLACK = 64 * 1024 ** 2;
/** Packed bytes read at once: a thousand times as many may come out. */
const CHUNK = 16 * 1024;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const LINK = 0o120000;

/** Opens a zip on disk: its directory is read and judged, its files when they are asked for. ProblemError unprocessable says what is wrong. */
export async function openZip(path: string): Promise<Unzip> {
  const file = await Deno.open(path);
  try {
    const directory = await readDirectory(file);
    const entries = judged(directory);
    return {
      entries,
      open: (entry) => ReadableStream.from(unpacked(path, entry)),
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

export function unfit(sentence: string, cause?: unknown): ProblemError {
  return new ProblemError("unprocessable", sentence, { cause });
}

/** The directory's claims held against what can be true. */
function judged({ listed, bytes }: Directory): Map<string, Packed> {
  const entries = new Map<string, Packed>();
  let total = 0;
  for (const entry of listed) {
    const name = JSON.stringify(entry.path.slice(0, 200));
    // Folders; and a clone that was zipped whole: nothing of its inside is wanted.
    if (entry.path.endsWith("/") || /(?:^|\/)\.git\//i.test(entry.path)) continue;
    const fault = pathFault(entry.path);
    if (fault) throw unfit(`The zip names a file ${name}: ${fault}. It may not be unpacked.`);
    if (entry.flags & ENCRYPTED) throw unfit("The zip has a password; make one without.");
    if ((entry.mode & 0o170000) === LINK) {
      throw unfit(`${name} in the zip is a symbolic link, which is not taken.`);
    }
    if (entry.method !== STORED && entry.method !== DEFLATED) {
      throw unfit(
        `${name} is packed in a way that few programs know (${entry.method}); zip it again plainly.`,
      );
    }
    if (entries.has(entry.path)) throw unfit(`The zip has two files called ${name}.`);
    const most = entry.method === STORED ? entry.packed : entry.packed * STEEPEST + 1024;
    if (entry.size > most || (entry.method === STORED && entry.size !== entry.packed)) {
      throw unfit(
        `${name} claims to be ${entry.size} bytes out of ${entry.packed}, which cannot be; the zip was not unpacked.`,
      );
    }
    total += entry.size;
    entries.set(entry.path, entry);
  }
  if (total > bytes * MOST_TIMES + SLACK) {
    throw unfit(
      `The zip has ${bytes} bytes and claims to hold ${total}: that is no production but a trap; it was not unpacked.`,
    );
  }
  refuseOverlap(listed);
  return entries;
}

/** Files that share packed bytes make a small zip endless (D. Fifield, "A better zip bomb"). */
function refuseOverlap(listed: Listed[]): void {
  let end = 0;
  for (const entry of listed.toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset < end) throw unfit("Files in the zip lie on top of each other; it was not unpacked.");
    end = entry.offset + 30 + entry.packed;
  }
}

async function* unpacked(path: string, entry: Packed): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const damaged = (why: string, cause?: unknown) =>
    unfit(
      `${
        JSON.stringify(entry.path.slice(0, 200))
      } in the zip is damaged (${why}); make or download the zip again.`,
      cause,
    );
  const head = await readAt(file, entry.offset, 30);
  const view = new DataView(head.buffer);
  if (head.length < 30 || view.getUint32(0, true) !== 0x04034b50) {
    throw damaged("it is not where it should be");
  }
  await file.seek(
    entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true),
    Deno.SeekMode.Start,
  );

  let out: Uint8Array<ArrayBuffer>[] = [];
  const inflate = entry.method === DEFLATED ? new Inflate((chunk) => void out.push(chunk.slice())) : null;
  let [size, sum] = [0, 0];
  for (let left = entry.packed; left > 0 || out.length > 0;) {
    if (left > 0) {
      const chunk = new Uint8Array(Math.min(left, inflate ? CHUNK : 256 * 1024));
      const read = await file.read(chunk);
      if (read === null) throw damaged("it ends too early");
      left -= read;
      try {
        if (inflate) inflate.push(chunk.subarray(0, read), left === 0);
        else out.push(chunk.subarray(0, read));
      } catch (error) {
        throw damaged("it cannot be unpacked", error);
      }
    }
    for (const bytes of out) {
      size += bytes.length;
      if (size > entry.size) throw damaged(`it is larger than the ${entry.size} bytes that it claims`);
      sum = crc32(bytes, sum);
      if (bytes.length) yield bytes;
    }
    out = [];
  }
  if (size !== entry.size) throw damaged(`it has ${size} of ${entry.size} bytes`);
  if (sum !== entry.crc) throw damaged("its checksum is another");
}

async function readAt(file: Deno.FsFile, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const got = await file.read(bytes.subarray(read));
    if (got === null) break;
    read += got;
  }
  return bytes.slice(0, read);
}

import { strFromU8, strToU8, Unzip, UnzipInflate, zipSync } from "fflate";
import { checkRunner, MANIFEST_FILE, type Runner } from "./check.ts";
import { RunnerManifest } from "./manifest.ts";

/** A runner in one file: a zip of its folder's JSON and texts, the same bytes for the same content on every machine. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(?:json|md|txt)$/;
/** Bytes. */
export const LARGEST_PACK = 4 * 1024 ** 2;
const LARGEST_CONTENT = 32 * 1024 ** 2;
const MOST_FILES = 64;
/** Packed bytes that are looked at together: a thousand times as many may come out. */
const CHUNK = 16 * 1024;
/** The earliest that a zip can say, so that the time of packing changes nothing. */
const LONG_AGO = new Date(1980, 0, 1);

export interface OpenedPack extends Runner {
  files: ReadonlyMap<string, string>;
}

/** Whether a file of a runner's folder goes into its pack. */
export function belongsInPack(name: string): boolean {
  return NAME.test(name);
}

export function writePack(files: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  const names = [...files.keys()].filter(belongsInPack).sort((a, b) => a < b ? -1 : 1);
  const entries = Object.fromEntries(names.map((name) => [name, strToU8(files.get(name)!)]));
  return zipSync(entries, { level: 9, mtime: LONG_AGO, os: 3 }) as Uint8Array<ArrayBuffer>;
}

/** Reads and checks a pack; faults are sentences. Nothing in it is larger than its limits, whatever it says of itself. */
export function openPack(bytes: Uint8Array): OpenedPack | { faults: string[] } {
  if (bytes.length > LARGEST_PACK) return { faults: ["A runner's pack has at most 4 MB; this is larger."] };
  const unpacked = unpack(bytes);
  if (unpacked === "too much") return { faults: [`It holds more than ${MOST_FILES} files or 32 MB.`] };
  if (unpacked === "broken") return { faults: ["This is no zip that can be read."] };
  const { files, strange } = unpacked;
  if (strange.length > 0) {
    return {
      faults: [
        `A pack holds JSON files and texts, no folders: ${strange.slice(0, 3).join(", ")} may not be in it.`,
      ],
    };
  }
  const id = idOf(files.get(MANIFEST_FILE));
  if (id === null) return { faults: [`There is no ${MANIFEST_FILE} with an id in it.`] };
  const runner = checkRunner(id, files);
  return "faults" in runner ? runner : { ...runner, files };
}

/**
 * The texts of a zip. Unpacked a little at a time, and given up once it is too much: what a zip says of its sizes is not believed, and
 * 4 MB of it can hold as many GB.
 */
function unpack(
  bytes: Uint8Array,
): { files: Map<string, string>; strange: string[] } | "too much" | "broken" {
  const parts = new Map<string, Uint8Array[]>();
  const strange: string[] = [];
  let [count, open, total, broken] = [0, 0, 0, false];
  const zip = new Unzip((file) => {
    if (++count > MOST_FILES) return;
    if (!NAME.test(file.name)) return void strange.push(file.name);
    const of: Uint8Array[] = [];
    parts.set(file.name, of);
    open++;
    file.ondata = (error, piece, final) => {
      if (error) return void (broken = true);
      total += piece.length;
      if (total <= LARGEST_CONTENT) of.push(piece);
      if (final) open--;
    };
    file.start();
  });
  zip.register(UnzipInflate);
  try {
    for (let at = 0; at < bytes.length && !broken; at += CHUNK) {
      zip.push(bytes.subarray(at, at + CHUNK), at + CHUNK >= bytes.length);
      if (count > MOST_FILES || total > LARGEST_CONTENT) return "too much";
    }
  } catch {
    return "broken";
  }
  if (broken || open > 0 || count !== listedIn(bytes)) return "broken";
  const files = new Map([...parts].map(([name, of]) => [name, strFromU8(joined(of))]));
  return { files, strange };
}

/** How many files the list at its end has (APPNOTE.TXT 4.3.16); null: it has none, and is cut off. */
function listedIn(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === 0x06054b50) return view.getUint16(at + 10, true);
  }
  return null;
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** SHA-256 of a pack, hex: what its makers and its users compare. */
export async function packDigest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function idOf(text: string | undefined): string | null {
  try {
    const id = RunnerManifest.shape.id.safeParse(JSON.parse(text ?? "null")?.id);
    return id.success ? id.data : null;
  } catch {
    return null;
  }
}

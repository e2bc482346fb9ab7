/** One file of an archive; `path` with slashes, below where it is unpacked. */
export interface Unpacked {
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const BLOCK = 512;
/** Bytes of all files together: the agent is less than a tenth of it. */
const MOST_BYTES = 64_000_000;

/**
 * Reads a ustar archive (POSIX.1-1988) as the gateway writes it: plain files alone. Throws on anything else: a link, a folder, a name that
 * leads elsewhere, an archive that ends early.
 */
export function untar(archive: Uint8Array<ArrayBuffer>): Unpacked[] {
  const files: Unpacked[] = [];
  let sum = 0;
  for (let at = 0;;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.length < BLOCK) throw new Error("the archive ends early");
    if (block.every((byte) => byte === 0)) return files;
    const path = text(block, 0, 100);
    const size = parseInt(text(block, 124, 12), 8);
    const type = text(block, 156, 1);
    if (type !== "0" && type !== "") throw new Error(`${path} is no plain file`);
    if (text(block, 345, 155) !== "" || !isBelow(path)) {
      throw new Error(`"${path}" is no name for a file of the agent`);
    }
    if (checksum(block) !== parseInt(text(block, 148, 8), 8)) throw new Error("the archive is damaged");
    if (!Number.isInteger(size) || size < 0 || (sum += size) > MOST_BYTES) {
      throw new Error(`${path} is too large`);
    }
    at += BLOCK;
    if (at + size > archive.length) throw new Error("the archive ends early");
    files.push({ path, bytes: archive.slice(at, at + size) });
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
}

function isBelow(path: string): boolean {
  return /^[A-Za-z0-9_.\-/]+$/.test(path) && !path.startsWith("/") &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** Of the header with blanks where the checksum stands. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

function text(block: Uint8Array, at: number, length: number): string {
  return new TextDecoder("latin1").decode(block.subarray(at, at + length)).split("\0")[0]!.trim();
}

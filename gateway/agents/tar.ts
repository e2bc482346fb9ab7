export interface TarFile {
  /** With slashes, at most 100 bytes. */
  path: string;
  bytes: Uint8Array;
}

const BLOCK = 512;
/** Seconds since 1970 of every file: an archive is the same bytes as long as its files are. 1970 itself makes tar complain. */
const TIME = Date.UTC(2026, 0, 1) / 1000;

/** A ustar archive (POSIX.1-1988), which tar of Linux, macOS and Windows reads. */
export function tar(files: readonly TarFile[]): Uint8Array<ArrayBuffer> {
  const blocks = files.flatMap(({ path, bytes }) => {
    const padded = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
    padded.set(bytes);
    return [header(path, bytes.length), padded];
  });
  const all = [...blocks, new Uint8Array(2 * BLOCK)];
  const out = new Uint8Array(all.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of all) {
    out.set(block, at);
    at += block.length;
  }
  return out;
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
  if (new TextEncoder().encode(path).length > 100) {
    throw new Error(`${path} is too long a name for the agent's archive`);
  }
  put(0, path);
  put(100, octal(0o644, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(size, 12));
  put(136, octal(TIME, 12));
  // The checksum is made with blanks in its place.
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\0" + "00");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 7)}\0 `);
  return block;
}

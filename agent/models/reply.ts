/** What goes wrong with a download. `final`: trying again changes nothing until somebody does what the sentence says. */
export class ModelError extends Error {
  override name = "ModelError";
  readonly final: boolean;
  constructor(message: string, options: ErrorOptions & { final: boolean }) {
    super(message, options);
    this.final = options.final;
  }
}

/** What a source says of the file it sends. */
export interface Said {
  /** First byte that is sent. */
  from: number;
  /** Bytes of the whole file; null: not told. */
  total: number | null;
  /** A validator that If-Range takes: a strong ETag, else the date. */
  validator: string | null;
}

/**
 * Reads a 200 or 206 (RFC 9110: 8.6, 13.1.5, 14.4, 15.3.7). ModelError where it cannot be the bytes that were asked for; null
 * where a part was sent that does not begin where it should.
 */
export function readReply(response: Response, asked: number): Said | null {
  const { headers, status } = response;
  const type = headers.get("content-type") ?? "";
  if (/^\s*(text\/html|application\/xhtml)/i.test(type)) {
    throw new ModelError("it answers with a web page where the file should be", { final: true });
  }
  if (headers.get("content-encoding") && headers.get("content-encoding") !== "identity") {
    throw new ModelError("it sends the file compressed, though that was not asked for", { final: true });
  }
  const validator = validatorOf(headers);
  if (status === 200) return { from: 0, total: whole(headers.get("content-length")), validator };
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (!range || Number(range[1]) !== asked) return null;
  return { from: asked, total: range[3] === "*" ? null : Number(range[3]), validator };
}

/** A weak ETag tells that a file means the same, not that its bytes are the same. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get("etag");
  return etag?.startsWith('"') ? etag : headers.get("last-modified");
}

function whole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/**
 * Whether a size can be the one that a manifest states: it may be rounded, as sources state "17.2 GB". Zeros at its end count
 * as not told, from three on.
 */
export function plausibleSize(stated: number | undefined, actual: number): boolean {
  if (stated === undefined) return true;
  const zeros = /0*$/.exec(String(stated))![0].length;
  return Math.abs(actual - stated) <= (zeros < 3 ? 0 : 10 ** zeros);
}

/** What the beginning of a file says against it; null: nothing. */
export function firstBytesFault(name: string, first: Uint8Array): string | null {
  const text = new TextDecoder("latin1").decode(first.subarray(0, 64)).trimStart().toLowerCase();
  if (text.startsWith("<!doctype") || text.startsWith("<html")) return "it is a web page";
  if (text.startsWith("version https://git-lfs")) return "it is a Git LFS pointer, not the file";
  if (!name.endsWith(".safetensors") || first.length < 16) return null;
  const header = headerBytes(first);
  return header > 2 && header < 200_000_000 && first[8] === 0x7b ? null : "it is no safetensors file";
}

/** Bytes of the JSON that a safetensors file begins with: a little-endian integer of 64 bits. */
export function headerBytes(first: Uint8Array): number {
  return Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
}

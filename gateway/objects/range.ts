export interface Span {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * One byte range of a `Range` header (RFC 9110, 14.1.2) over `size` bytes; null when the whole is to be sent (no header,
 * another unit, several ranges), "unsatisfiable" when it lies outside.
 */
export function parseRange(header: string | null | undefined, size: number): Span | null | "unsatisfiable" {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  if (match[1] === "") {
    const last = Math.min(Number(match[2]), size);
    return last === 0 ? "unsatisfiable" : { start: size - last, end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== "" && Number(match[2]) < start) return null;
  return start >= size ? "unsatisfiable" : { start, end };
}

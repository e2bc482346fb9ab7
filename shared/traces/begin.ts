/** Random bytes in hexadecimal. */
export function randomHex(bytes: number): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  )
    .join("");
}

/** The `traceparent` of a new trace (W3C Trace Context, version 00), to be recorded. */
export function beginTrace(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** RFC 4648 section 5, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Null when the text is not base64url as encodeBase64Url() writes it: the unused bits of the last letter count too. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return encodeBase64Url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

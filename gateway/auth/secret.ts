import { createHash } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

export const TOKEN_KINDS = ["enter", "session", "access", "agent", "join"] as const;
export type TokenKind = typeof TOKEN_KINDS[number];

/** 256 random bits; the prefix tells people and secret scanners what they have found. */
export function mintSecret(kind: TokenKind): string {
  return `gms_${kind}_${encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** The kind a secret claims by its prefix; null for anything mintSecret() would not have made. */
export function secretKind(secret: string): TokenKind | null {
  const match = /^gms_([a-z]+)_([A-Za-z0-9_-]{43})$/.exec(secret);
  if (!match || !decodeBase64Url(match[2]!)) return null;
  return TOKEN_KINDS.find((kind) => kind === match[1]) ?? null;
}

/** What is stored of a secret. No salt or stretching: 256 random bits cannot be guessed from their hash. */
export function hashSecret(secret: string): Uint8Array {
  // Not crypto.subtle, which goes through another thread: 0.3 ms of every request, against 0.01.
  return new Uint8Array(createHash("sha256").update(secret).digest());
}

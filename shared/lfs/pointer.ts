import { z } from "zod";

/** SHA-256 in lower-case hex: an LFS object id. */
export const Oid = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in 64 lower-case hex digits");

export interface Pointer {
  oid: string;
  /** Bytes. */
  size: number;
}

/** The pointer file's exact text (git-lfs docs/spec.md, version 1). */
export function writePointer({ oid, size }: Pointer): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;
}

/** Reads a pointer file; null when `text` is not one. Extension lines (`ext-0-…`) and unknown keys are tolerated. */
export function parsePointer(text: string): Pointer | null {
  if (text.length > 1024 || !text.startsWith("version https://git-lfs.github.com/spec/v1\n")) return null;
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  const size = /^size (\d{1,15})$/m.exec(text)?.[1];
  return oid && size ? { oid, size: Number(size) } : null;
}

import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";

export interface Expected {
  /** SHA-256 in hex. */
  oid: string;
  /** Bytes. */
  size: number;
}

/** Every object lies under a key that ends in its own checksum, so that the name says what the bytes must be. */
export function requireOwnKey(key: string, oid: string): void {
  if (!key.endsWith(`/${oid}`)) {
    throw new Error(`Cannot store ${oid} under ${key}: the key must end in the oid`);
  }
}

/**
 * Passes bytes on while hashing them, and fails before the last chunk is let through when they are not the expected ones:
 * whoever writes them to a store never completes the wrong object.
 *
 * Errors: ProblemError too_large when there is more than `size`, unprocessable when there is less or the hash differs.
 */
export function checked(
  body: Uint8Array | ReadableStream<Uint8Array>,
  expected: Expected,
): ReadableStream<Uint8Array> {
  const source = body instanceof Uint8Array ? ReadableStream.from([body]) : body;
  const hash = createHash("sha256");
  let size = 0;
  let held: Uint8Array | null = null;
  return source.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (chunk.length === 0) return;
        size += chunk.length;
        if (size > expected.size) throw tooMuch(expected);
        hash.update(chunk);
        if (held) controller.enqueue(held);
        held = chunk;
      },
      flush(controller) {
        if (size < expected.size) throw tooLittle(expected, size);
        const oid = hash.digest("hex");
        if (oid !== expected.oid) throw otherBytes(expected, oid);
        if (held) controller.enqueue(held);
      },
    }),
  );
}

export function tooMuch(expected: Expected): ProblemError {
  return new ProblemError(
    "too_large",
    `The upload of ${
      short(expected.oid)
    } is larger than the ${expected.size} bytes announced for it; announce the object with its real size and upload it again.`,
  );
}

export function tooLittle(expected: Expected, size: number): ProblemError {
  return new ProblemError(
    "unprocessable",
    `The upload of ${
      short(expected.oid)
    } ended after ${size} of ${expected.size} bytes; nothing was stored, send it again.`,
  );
}

export function otherBytes(expected: Expected, oid: string): ProblemError {
  return new ProblemError(
    "unprocessable",
    `The bytes uploaded as ${short(expected.oid)} have the SHA-256 ${
      short(oid)
    }; nothing was stored, send the object it was announced for.`,
  );
}

function short(oid: string): string {
  return `${oid.slice(0, 12)}…`;
}

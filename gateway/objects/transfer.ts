import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";
import { sendPut } from "./send.ts";
import type { ObjectStore } from "./mod.ts";

/** Bytes of a part, all in memory while it is sent. */
const PART = 64 * 1024 ** 2;
const STALL_MS = 60_000;

/** The SHA-256 that a key says its object has; null: it is none of ours. */
export function oidOf(key: string): string | null {
  return /\/([0-9a-f]{64})$/.exec(key)?.[1] ?? null;
}

/**
 * Copies an object from one store to another and does not believe it until the other has it, in size and SHA-256. False when there is
 * none to copy.
 *
 * Errors: ProblemError unprocessable when the bytes are not those of its name; nothing is stored then.
 */
export async function transfer(from: ObjectStore, to: ObjectStore, key: string): Promise<boolean> {
  const oid = oidOf(key);
  if (!oid) throw new Error(`Cannot copy ${key}: its name does not end in its SHA-256`);
  const there = await from.head(key);
  if (!there) return false;
  const { size } = there;
  if (to.largestPut !== null && size > to.largestPut) await inParts(from, to, key, { oid, size });
  else {
    const got = await from.get(key);
    if (!got) return false;
    await to.put(key, got.stream, { oid, size });
  }
  if (!await holds(to, key, size)) {
    throw new Error(`${key} is not in the other store after it was copied there`);
  }
  return true;
}

/** Whether a store has an object whole: by its own checksum, or where it keeps none by reading it once. */
export async function holds(store: ObjectStore, key: string, size: number): Promise<boolean> {
  const there = await store.head(key);
  if (there?.size !== size) return false;
  if (there.sha256 !== null) return there.sha256 === oidOf(key);
  const hash = createHash("sha256");
  const got = await store.get(key);
  if (!got) return false;
  for await (const chunk of got.stream) hash.update(chunk);
  return hash.digest("hex") === oidOf(key);
}

async function inParts(
  from: ObjectStore,
  to: ObjectStore,
  key: string,
  { oid, size }: { oid: string; size: number },
): Promise<void> {
  const parts = to.parts!;
  const part = Math.min(to.largestPut!, Math.max(PART, Math.ceil(size / 9000)));
  const whole = createHash("sha256");
  const id = await parts.begin(key);
  try {
    for (let start = 0, number = 1; start < size; start += part, number++) {
      const end = Math.min(start + part, size) - 1;
      const got = await from.get(key, { start, end });
      if (!got) throw new Error(`${key} went away while it was copied`);
      const bytes = await new Response(got.stream as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
      whole.update(bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const { href, header } = await parts.signedPart(key, id, { number, size: bytes.length, sha256 }, 3600);
      const headers = { ...header, "Content-Length": String(bytes.length) };
      await sendPut(href, headers, ReadableStream.from([bytes]), STALL_MS);
    }
    if (whole.digest("hex") !== oid) throw damaged(key);
    await parts.complete(key, id);
  } catch (error) {
    await parts.abort(key, id).catch(() => {});
    throw error;
  }
}

function damaged(key: string): ProblemError {
  return new ProblemError("unprocessable", `The bytes of ${key} are not those of its name.`);
}

import { createHash } from "node:crypto";
import type { ObjectStore } from "./mod.ts";

/**
 * Stores a small object, reads it back, and tries to put other bytes of the same length under a signed URL. On a disk store
 * the URLs are the gateway's own, which may not listen yet: there the same refusal is tried through put().
 */
export async function selfTest(
  store: ObjectStore,
  folder = "selftest",
): Promise<{ checksumsEnforced: boolean; notes: string[] }> {
  const right = new TextEncoder().encode(`self-test ${crypto.randomUUID()}`);
  const wrong = right.toReversed();
  const expected = { oid: createHash("sha256").update(right).digest("hex"), size: right.length };
  const key = `${folder}/${expected.oid}`;
  const notes: string[] = [];
  try {
    const refused = await refuses(store, key, wrong, expected);
    if (!refused) {
      notes.push(
        "The object store accepts other bytes than a signed upload announces: the gateway hashes each upload itself.",
      );
    }
    await store.delete(key);
    await store.put(key, right, expected);
    const stored = await store.head(key);
    if (stored?.size !== right.length) {
      throw new Error(`it holds ${stored?.size ?? "no"} bytes after ${right.length} were stored`);
    }
    const got = await store.get(key);
    const read = got ? new Uint8Array(await new Response(got.stream).arrayBuffer()) : null;
    if (!read || read.length !== right.length || !read.every((byte, at) => byte === right[at])) {
      throw new Error("it gave back other bytes than were stored");
    }
    return { checksumsEnforced: refused, notes };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The object store does not work: ${why}`, { cause: error });
  } finally {
    await store.delete(key).catch(() => {});
  }
}

async function refuses(
  store: ObjectStore,
  key: string,
  wrong: Uint8Array<ArrayBuffer>,
  expected: { oid: string; size: number },
): Promise<boolean> {
  if (store.kind === "disk") {
    return await store.put(key, wrong, expected).then(() => false, () => true);
  }
  const { href, header } = await store.signedPut(key, expected, 60);
  const response = await fetch(href, {
    method: "PUT",
    headers: header,
    body: wrong,
    signal: AbortSignal.timeout(30_000),
  });
  await response.body?.cancel();
  return !response.ok && await store.head(key) === null;
}

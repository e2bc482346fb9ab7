import assert from "node:assert/strict";
import { join } from "@std/path";
import { make, openTestDisk } from "./testing.ts";
import { openS3Store } from "./s3.ts";

/** Far more than all buffers on the way hold together. */
const MIB = 1024 * 1024;
const WHOLE = 256 * MIB;
const BUFFERS = 64 * MIB;
const CHUNK = new Uint8Array(256 * 1024);

const options = { bucket: "b", region: "us-east-1", credentials: { accessKeyId: "k", secretAccessKey: "s" } };

/** Counts what was taken from it: memory is bounded when the other side stands still and the count does too. */
function countedSource(): {
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  taken: () => number;
  cancelled: () => boolean;
} {
  let taken = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (taken >= WHOLE) return controller.close();
      taken += CHUNK.length;
      controller.enqueue(CHUNK);
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, taken: () => taken, cancelled: () => cancelled };
}

/** Until a count has begun and then not moved for half a second. On a slow machine it is lower, never higher. */
async function standsStill(count: () => number): Promise<number> {
  let last = -1;
  for (let same = 0; same < 10;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = count();
    same = now > 0 && now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

Deno.test("a store that reads slowly slows the source of an upload down", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using store = openS3Store({ ...options, endpoint: `http://127.0.0.1:${listener.addr.port}` });
  const take = make("whatever");
  const source = countedSource();
  const putting = store.put(take.key, source.stream, { oid: take.oid, size: WHOLE });
  const refused = assert.rejects(putting, { code: "unavailable" });
  {
    using _socket = await listener.accept();
    const taken = await standsStill(source.taken);
    assert.ok(taken < BUFFERS, `${taken / MIB} MiB were taken from the source while nobody read`);
    listener.close();
  }
  await refused;
  assert.ok(source.cancelled(), "the source is let go");
});

Deno.test("a reader that stands still holds a download back, and ends it when it goes", async () => {
  const source = countedSource();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(source.stream, { headers: { "Content-Length": String(WHOLE) } }),
  );
  await using store = openS3Store({ ...options, endpoint: `http://127.0.0.1:${server.addr.port}` });
  const got = await store.get("tenants/t1/x");
  const reader = got!.stream.getReader();
  await reader.read();
  const taken = await standsStill(source.taken);
  assert.ok(taken < BUFFERS, `${taken / MIB} MiB were sent to a reader that read one chunk`);
  await reader.cancel();
  for (const deadline = Date.now() + 20_000; !source.cancelled();) {
    assert.ok(Date.now() < deadline, "the download still runs after 20 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

Deno.test("an upload to disk is written as it comes", async () => {
  await using disk = await openTestDisk();
  const take = make(new Uint8Array(16 * MIB).fill(9));
  const folder = join(disk.folder!, ".incoming");
  let most = 0;
  let at = 0;
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= take.size) return controller.close();
      most = Math.max(most, at - await written(folder));
      controller.enqueue(take.bytes.subarray(at, at += CHUNK.length));
    },
  }, { highWaterMark: 0 });
  await disk.store.put(take.key, source, take);
  assert.ok(most <= 8 * CHUNK.length, `${most} bytes were held in memory`);
});

async function written(folder: string): Promise<number> {
  try {
    const [entry] = await Array.fromAsync(Deno.readDir(folder));
    return entry ? (await Deno.stat(join(folder, entry.name))).size : 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

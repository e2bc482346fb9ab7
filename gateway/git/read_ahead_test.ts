import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { until } from "./testing.ts";
import { feedAhead } from "./read_ahead.ts";

const WHOLE = 40 * 1024 ** 2;
const CHUNK = 100_000;

/** Chunks that differ from each other, with how much of them was taken. */
function source() {
  let at = 0;
  const hash = createHash("sha256");
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= WHOLE) return controller.close();
      const chunk = new Uint8Array(Math.min(CHUNK, WHOLE - at)).fill(at / CHUNK);
      new DataView(chunk.buffer).setUint32(0, at);
      hash.update(chunk);
      at += chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  return { stream, taken: () => at, digest: () => hash.digest("hex") };
}

/** Takes nothing until it is opened. */
function sink() {
  const opened = Promise.withResolvers<void>();
  const hash = createHash("sha256");
  let size = 0;
  const stream = new WritableStream<Uint8Array>({
    async write(chunk) {
      await opened.promise;
      hash.update(chunk);
      size += chunk.length;
    },
  }, { highWaterMark: 1 });
  return { stream, open: opened.resolve, size: () => size, digest: () => hash.digest("hex") };
}

Deno.test("a body is read to its end before git takes any of it, and git gets it whole and in order", async () => {
  const folder = await Deno.makeTempDir();
  const [from, to] = [source(), sink()];
  const done = feedAhead(from.stream, to.stream, folder);
  await until("all is read", () => from.taken() === WHOLE);
  assert.equal(to.size(), 0);
  await until("what waits on disk has no name", () => [...Deno.readDirSync(folder)].length === 0);
  to.open();
  await done;
  assert.equal(to.size(), WHOLE);
  assert.equal(to.digest(), from.digest());
  await Deno.remove(folder);
});

Deno.test("a body that comes faster than the disk takes it waits for the disk", async () => {
  const folder = await Deno.makeTempDir();
  const [whole, chunk] = [300 * 1024 ** 2, new Uint8Array(1024 ** 2)];
  let at = 0;
  const flood = new ReadableStream<Uint8Array>({
    // There at once: read without a pause, no turn of the event loop, and so no write, would come between.
    pull(controller) {
      if (at >= whole) return controller.close();
      at += chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  const to = sink();
  let atFirstTurn = Infinity;
  setTimeout(() => atFirstTurn = at);
  const done = feedAhead(flood, to.stream, folder);
  await until("all is read", () => at === whole);
  assert.ok(atFirstTurn < whole / 2, `${atFirstTurn} bytes were read before any could be written`);
  to.open();
  await done;
  assert.equal(to.size(), whole);
  await Deno.remove(folder);
});

Deno.test("a git that ends early stops the reading, a client that leaves ends git's input", async () => {
  const folder = await Deno.makeTempDir();
  let cancelled: unknown = null;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(CHUNK)),
    cancel: (reason) => {
      cancelled = reason;
    },
  });
  const broken = new Error("Broken pipe");
  const ends = new WritableStream<Uint8Array>({ write: () => Promise.reject(broken) });
  await assert.rejects(feedAhead(endless, ends, folder), broken);
  assert.equal(cancelled, broken);

  const left = new Error("The client left");
  let aborted: unknown = null;
  const leaves = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(CHUNK)),
    pull: (controller) => controller.error(left),
  });
  const input = new WritableStream<Uint8Array>({
    abort: (reason) => {
      aborted = reason;
    },
  });
  await assert.rejects(feedAhead(leaves, input, folder), left);
  assert.equal(aborted, left);
  await Deno.remove(folder);
});

import assert from "node:assert/strict";
import { join } from "@std/path";
import { z } from "zod";
import { Workflow } from "../../shared/runners/manifest.ts";
import { createComfyClient } from "./client.ts";
import { historyFailure } from "./failure.ts";
import { PromptProgress } from "./progress.ts";
import { HistoryEntry } from "./replies.ts";
import { readPreview } from "./socket.ts";

/** Against what a real ComfyUI 0.3.64 sent. */

const testing = join(import.meta.dirname!, "testing");
const recorded = z.object({
  prompt: Workflow,
  messages: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
  history: HistoryEntry,
}).parse(JSON.parse(await Deno.readTextFile(join(testing, "recorded_oom.json"))));

Deno.test("a recorded preview frame gives its JPEG and the prompt it is of", async () => {
  const frame = await Deno.readFile(join(testing, "preview_event4.bin"));
  const preview = readPreview(frame)!;
  assert.deepEqual([...preview.jpeg.slice(0, 2), ...preview.jpeg.slice(-2)], [0xff, 0xd8, 0xff, 0xd9]);
  assert.match(preview.promptId!, /^[0-9a-f-]{36}$/);
});

Deno.test("an old preview frame does not say which prompt it is of", () => {
  const jpeg = [0xff, 0xd8, 0xff, 0xd9];
  assert.deepEqual(readPreview(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, ...jpeg)), {
    jpeg: Uint8Array.from(jpeg),
    promptId: null,
  });
  assert.equal(readPreview(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0x89)), null, "PNG");
  assert.equal(readPreview(Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 1, 65)), null, "text");
  assert.equal(
    readPreview(Uint8Array.of(0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff, 1)),
    null,
    "a length beyond the frame",
  );
  assert.equal(readPreview(new Uint8Array(3)), null);
});

Deno.test("a recorded trace: progress counts cached nodes, names the step, and never goes back", () => {
  const progress = new PromptProgress(recorded.prompt);
  const seen = recorded.messages.map(({ type, data }) => progress.take(type, data)).filter((each) =>
    each !== null
  );
  const shares = seen.map((each) => each.progress);
  assert.deepEqual(shares, shares.toSorted((a, b) => a - b));
  assert.ok(shares[0]! > 0, "the cached node counts");
  assert.equal(seen.at(-1)!.stage, "StubSampler: 2 of 3");
  assert.ok(shares.at(-1)! < 1);
});

Deno.test("the recorded history of a prompt that ran out of memory is class oom", () => {
  assert.equal(historyFailure(recorded.history)?.class, "oom");
});

Deno.test("replies with NaN, which Python writes, are read; strings with that word are left alone", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response('{"A": {"step": NaN, "most": -Infinity, "tip": "NaN is \\"not\\" a number"}}'),
  );
  const info = await createComfyClient({ url: `http://127.0.0.1:${server.addr.port}` }).objectInfo();
  assert.deepEqual(info.A, { step: null, most: null, tip: 'NaN is "not" a number' });
});

Deno.test("an output larger than allowed, and one that is broken off, are refused", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      request.url.includes("endless")
        ? new Response(
          new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) }),
        )
        : new Response(new Uint8Array(5000)),
  );
  const client = createComfyClient({ url: `http://127.0.0.1:${server.addr.port}` });
  const file = await Deno.makeTempFile();
  try {
    for (const filename of ["large.png", "endless.png"]) {
      await assert.rejects(
        client.view({ filename, subfolder: "", type: "output" }, file, 4000),
        /larger than the .* a take may have/,
      );
    }
    assert.equal(
      await client.view({ filename: "large.png", subfolder: "", type: "output" }, file, 5000),
      5000,
    );
  } finally {
    await Deno.remove(file);
  }
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { writePolicyForTest } from "../testing/policy.ts";
import { download } from "./downloader.ts";
import { downloadsDir, fetched, type FileState } from "./files.ts";
import { openGate } from "./gate.ts";
import type { ModelNeed } from "./needs.ts";
import { type Hub, openHub } from "./testing/hub.ts";

const bytes = (seed: number, length = 200_000) =>
  new Uint8Array(length).map((_, at) => (at * 31 + (at >> 8) + seed) % 251);
const sha256 = (of: Uint8Array) => createHash("sha256").update(of).digest("hex");

/** A machine whose owner lets models come, and a file of the hub that its catalogue has no hash of. */
async function openMachine(hub: Hub) {
  const root = await Deno.makeTempDir({ prefix: "agent-trust-" });
  const [dataDir, modelsDir] = [join(root, "data"), join(root, "models")];
  await Deno.mkdir(downloadsDir(dataDir), { recursive: true });
  await Deno.mkdir(modelsDir);
  await writePolicyForTest(dataDir, { models: { download: true } });
  const gate = await openGate({ dataDir, now: true });
  return {
    dataDir,
    modelsDir,
    path: (name: string) => join(modelsDir, "vae", name),
    /** Fetches one file; how it ended. */
    async fetch(name: string, options: { changed?: boolean; gated?: boolean } = {}): Promise<FileState> {
      let last: FileState | undefined;
      const file: ModelNeed = {
        ...{
          folder: "vae",
          file: name,
          key: `vae/${name}`,
          url: `${hub.url}/studio/models/resolve/main/${name}`,
        },
        ...{
          licence: "MIT",
          commercial: true,
          gated: options.gated ?? false,
          here: false,
          usedBy: [],
          opens: [],
        },
      };
      await download([file], {
        ...{
          dataDir,
          modelsDir,
          gate,
          signal: new AbortController().signal,
          changed: options.changed ?? false,
        },
        mayReach: (host) => hub.hosts.includes(host),
        token: () => "hf_secret",
        say() {},
        show: (state) => last = { ...state },
        backoff: { baseMs: 1, capMs: 5 },
      });
      return last!;
    },
    async [Symbol.asyncDispose]() {
      gate[Symbol.dispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("a file of a hub comes whole through a break, and its hash is the one that the hub states", async () => {
  await using hub = openHub();
  await using machine = await openMachine(hub);
  const model = bytes(1);
  hub.files.set("/studio/models/resolve/main/large.bin", { bytes: model, lfs: true });
  hub.cutNext = 70_000;
  const done = await machine.fetch("large.bin", { gated: true });
  assert.deepEqual([done.stage, done.sentence], [
    "done",
    `Whole: its SHA-256 is right, as its source states it (${sha256(model).slice(0, 16)}…).`,
  ]);
  assert.deepEqual(await Deno.readFile(machine.path("large.bin")), model);
  assert.deepEqual(hub.ranges.map((range) => range?.replace(/\d+-$/, "N-") ?? null), [null, "bytes=N-"]);
  assert.deepEqual(hub.leaked, [], "the token stays with the hub");
  const [line] = await fetched(machine.dataDir);
  assert.deepEqual([line!.checked, line!.stated, line!.sha256], ["sha256", "source", sha256(model)]);

  hub.files.set("/studio/models/resolve/main/other.bin", { bytes: model, lfs: true, states: "1".repeat(64) });
  const wrong = await machine.fetch("other.bin");
  assert.equal(wrong.stage, "failed");
  assert.match(wrong.sentence, /SHA-256 is [0-9a-f]{16}… where it should be 1111111111111111…/);
  await assert.rejects(Deno.stat(machine.path("other.bin")));
});

Deno.test("where nobody states a hash, the first time is taken on trust, and another file after it is not taken for it", async () => {
  await using hub = openHub();
  await using machine = await openMachine(hub);
  const [first, other] = [bytes(1, 5_000), bytes(2, 5_000)];
  const at = "/studio/models/resolve/main/small.bin";
  hub.files.set(at, { bytes: first, lfs: false });
  const trusted = await machine.fetch("small.bin");
  assert.equal(
    trusted.sentence,
    `Whole by its size; nobody states its hash, so it is taken on trust and written down: SHA-256 ${
      sha256(first).slice(0, 16)
    }….`,
  );
  const [line] = await fetched(machine.dataDir);
  assert.deepEqual([line!.checked, line!.stated, line!.sha256], ["size", null, sha256(first)]);

  await Deno.remove(machine.path("small.bin"));
  assert.match((await machine.fetch("small.bin")).sentence, /^Whole: the same as when it came first/);

  await Deno.remove(machine.path("small.bin"));
  hub.files.set(at, { bytes: other, lfs: false });
  const refused = await machine.fetch("small.bin");
  assert.equal(refused.stage, "failed");
  assert.match(
    refused.sentence,
    /states no hash, and what came has the SHA-256 .* the first time.*--changed/,
  );
  await assert.rejects(Deno.stat(machine.path("small.bin")));
  assert.equal((await machine.fetch("small.bin", { changed: true })).stage, "done");
  assert.equal((await fetched(machine.dataDir)).at(-1)!.sha256, sha256(other));
});

Deno.test("a file whose digest cannot be written down gets no name yet, and is not fetched again for it", async () => {
  await using hub = openHub();
  await using machine = await openMachine(hub);
  hub.files.set("/studio/models/resolve/main/small.bin", { bytes: bytes(1, 5_000), lfs: false });
  const lines = join(downloadsDir(machine.dataDir), "fetched.jsonl");
  await Deno.mkdir(lines);
  assert.equal((await machine.fetch("small.bin")).stage, "failed");
  await assert.rejects(Deno.stat(machine.path("small.bin")));
  await Deno.remove(lines);
  const asked = hub.ranges.length;
  assert.equal((await machine.fetch("small.bin")).stage, "done");
  assert.equal(hub.ranges.length, asked, "all of it was here");
  assert.equal((await fetched(machine.dataDir)).length, 1);
  assert.deepEqual(await Deno.readFile(machine.path("small.bin")), bytes(1, 5_000));
});

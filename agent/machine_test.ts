import assert from "node:assert/strict";
import { doctor } from "./command/doctor.ts";
import { isLocked, lockDataDir } from "./command/lock.ts";
import type { Runners } from "./lease/executor.ts";
import { createLook, factsOf } from "./machine.ts";
import { downloadsDir, noteFetched } from "./models/files.ts";
import { testSpec, writesFile } from "./testing/agent.ts";
import { AgentFacts } from "../shared/agents/protocol.ts";
import type { Lease } from "../shared/agents/protocol.ts";

const HARDWARE = {
  gpus: [{
    index: 0,
    name: "NVIDIA GeForce RTX 3060",
    vramTotalMb: 12288,
    vramFreeMb: 11000,
    source: "nvidia-smi" as const,
  }],
  ramMb: 32_000,
  diskFreeMb: 90_000,
  os: "linux x86_64 6.1",
  driver: "NVIDIA 550.54.15",
  remarks: [],
};

const RUNNERS: Runners = {
  slots: [{
    slot: "gpu0",
    name: "NVIDIA GeForce RTX 3060",
    vram_mb: 12288,
    capabilities: ["flux-image@low"],
  }],
  cannot: [{
    capability: "flux-image@high",
    reason: "vram",
    sentence: "It needs 22 GiB of VRAM; this card has 12.",
  }],
  versions: {},
  comfyuiVersion: "0.3.64",
  loaded: () => ["flux-image@low"],
  executorFor: (spec) => spec.kind === "generate" ? writesFile(new Uint8Array([1])) : null,
  close: () => Promise.resolve(),
};

Deno.test("the CPU slot assembles films where ffmpeg is, and elsewhere the machine says how to get it", () => {
  const able = factsOf(HARDWARE, RUNNERS, true);
  assert.deepEqual(able.slots.map(({ slot, capabilities }) => [slot, capabilities]), [
    ["gpu0", ["flux-image@low"]],
    ["cpu", ["assemble"]],
  ]);
  assert.deepEqual(AgentFacts.parse(able), able);
  const unable = factsOf(HARDWARE, RUNNERS, false);
  assert.deepEqual(unable.slots.at(-1)!.capabilities, []);
  const reason = unable.cannot.find(({ capability }) => capability === "assemble")!;
  assert.equal(reason.reason, "tools");
  assert.match(reason.sentence, /ffmpeg is not installed. Install it: /);
});

Deno.test("a card that can do nothing yet is declared, after those before it and before the CPU", () => {
  const second = { ...HARDWARE.gpus[0]!, index: 1, name: "NVIDIA GeForce GTX 1650", vramTotalMb: 4096 };
  const { slots } = factsOf({ ...HARDWARE, gpus: [...HARDWARE.gpus, second] }, RUNNERS, true);
  assert.deepEqual(slots.map(({ slot, vram_mb, capabilities }) => [slot, vram_mb, capabilities.length]), [
    ["gpu0", 12288, 1],
    ["gpu1", 4096, 0],
    ["cpu", 0, 1],
  ]);
});

Deno.test("looking again closes the runners before, but not under a job that still runs", async () => {
  let closed = 0;
  const go = Promise.withResolvers<void>();
  const machine = createLook({
    dataDir: Deno.cwd(),
    comfyui: null,
    openRunners: () =>
      Promise.resolve({
        ...RUNNERS,
        executorFor: () => ({
          async run(lease, context) {
            await go.promise;
            return await writesFile(new Uint8Array([1])).run(lease, context);
          },
        }),
        close: () => (closed++, Promise.resolve()),
      }),
    assemble: writesFile(new Uint8Array([1])),
  });
  const { signal } = new AbortController();
  const first = await machine.look(signal);
  const folder = await Deno.makeTempDir();
  const running = first.runners.executorFor(testSpec())!.run({} as Lease, {
    folder,
    slot: "gpu0",
    inputs: new Map(),
    signal,
    progress() {},
    preview() {},
  });
  await machine.look(signal);
  assert.equal(closed, 0, "closed under a running job");
  go.resolve();
  await running;
  assert.equal(closed, 1);
  await machine.look(signal);
  assert.equal(closed, 2, "idle ones are closed at once");
  await machine.close();
  assert.equal(closed, 3);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the studio is told the digests of models that were fetched here and still are", async () => {
  const dataDir = await Deno.makeTempDir();
  await Deno.mkdir(downloadsDir(dataDir));
  const digest = "a".repeat(64);
  const line = { checked: "sha256", licence: "MIT", size: 1 };
  for (const key of ["vae/here.bin", "vae/gone.bin"]) {
    await noteFetched(dataDir, { ...line, key, sha256: digest });
  }
  await noteFetched(dataDir, { ...line, key: "vae/old.bin" });
  const model = { folder: "vae", licence: "MIT", commercial: true, gated: false, usedBy: [], opens: [] };
  const machine = createLook({
    dataDir,
    comfyui: null,
    openRunners: () =>
      Promise.resolve({
        ...RUNNERS,
        models: ["here", "gone", "old"].map((name) => ({
          ...{ ...model, file: `${name}.bin`, key: `vae/${name}.bin`, here: name !== "gone" },
        })),
      }),
    assemble: writesFile(new Uint8Array([1])),
  });
  const { facts } = await machine.look(new AbortController().signal);
  assert.deepEqual(facts.models, { "vae/here.bin": digest });
  assert.deepEqual(AgentFacts.parse(facts), facts);
  await machine.close();
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("the doctor says what runs where, what does not and why, and ends with 1 when nothing does", async () => {
  const lines: string[] = [];
  const look = (facts: ReturnType<typeof factsOf>) => () =>
    Promise.resolve({
      hardware: HARDWARE,
      models: [],
      facts,
      runners: { loaded: () => [], executorFor: () => null },
    });
  const print = (text: string) => lines.push(text);
  const able = await doctor({
    look: look(factsOf(HARDWARE, RUNNERS, true)),
    print,
    comfyui: "http://127.0.0.1:8188",
  });
  assert.equal(able, 0);
  const text = lines.join("\n");
  assert.match(text, /NVIDIA GeForce RTX 3060, 12.0 GiB, 10.7 GiB free \(from nvidia-smi\)/);
  assert.match(text, /ComfyUI {3}0.3.64 at http:\/\/127.0.0.1:8188/);
  assert.match(text, /✓ flux-image@low {3}on gpu0/);
  assert.match(text, /✗ flux-image@high {3}It needs 22 GiB/);

  const nothing = factsOf({ ...HARDWARE, gpus: [] }, { ...RUNNERS, slots: [], comfyuiVersion: null }, false);
  lines.length = 0;
  assert.equal(await doctor({ look: look(nothing), print, comfyui: "http://127.0.0.1:8188" }), 1);
  assert.match(lines.join("\n"), /no answer at http:\/\/127.0.0.1:8188: start it, or name its address/);
});

Deno.test("two agents cannot run with one folder", async () => {
  const dir = await Deno.makeTempDir();
  try {
    assert.equal(await isLocked(dir), false);
    {
      using _lock = await lockDataDir(dir);
      assert.equal(await isLocked(dir), true);
      await assert.rejects(lockDataDir(dir, 0), /Another agent already runs with .*--data/);
    }
    assert.equal(await isLocked(dir), false);
    using _again = await lockDataDir(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { parseComfyUiStats } from "./comfyui_stats.ts";
import { detectHardware } from "./mod.ts";
import { parseNvidia } from "./nvidia.ts";
import { parseRocm } from "./rocm.ts";

Deno.test("nvidia-smi: one line per card, in the driver's order", () => {
  const { gpus, driver, remarks } = parseNvidia(
    "0, NVIDIA GeForce RTX 4090, 24564, 23028, 550.54.15\n1, NVIDIA GeForce RTX 3060, 12288, 11911, 550.54.15\n",
  );
  assert.deepEqual(gpus.map((gpu) => [gpu.index, gpu.name, gpu.vramTotalMb, gpu.vramFreeMb]), [
    [0, "NVIDIA GeForce RTX 4090", 24564, 23028],
    [1, "NVIDIA GeForce RTX 3060", 12288, 11911],
  ]);
  assert.equal(driver, "NVIDIA 550.54.15");
  assert.deepEqual(remarks, []);
});

Deno.test("nvidia-smi: [N/A] memory of unified boards stays unknown and is remarked on", () => {
  const { gpus, driver, remarks } = parseNvidia("0, NVIDIA GB10, [N/A], [N/A], 580.95.05\r\n");
  assert.equal(gpus[0]!.vramTotalMb, null);
  assert.equal(gpus[0]!.vramFreeMb, null);
  assert.equal(driver, "NVIDIA 580.95.05");
  assert.match(remarks[0]!, /does not tell the memory of card 0 \(NVIDIA GB10\)/);
});

Deno.test("nvidia-smi: a card that fell off the bus does not hide the others", () => {
  const { gpus, remarks } = parseNvidia(
    "0, NVIDIA A100-SXM4-80GB, 81920, 81050, 535.129.03\n1, NVIDIA A100-SXM4-80GB, [Unknown Error], [GPU requires reset], 535.129.03\n" +
      "Unable to determine the device handle for GPU0000:41:00.0: Unknown Error\n",
  );
  assert.deepEqual(gpus.map(({ vramTotalMb }) => vramTotalMb), [81920, null]);
  assert.equal(remarks.length, 2);
});

Deno.test("nvidia-smi: its complaints are remarks, not cards", () => {
  for (
    const said of [
      "No devices were found",
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
      "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54",
    ]
  ) {
    const { gpus, driver, remarks } = parseNvidia(said);
    assert.deepEqual(gpus, []);
    assert.equal(driver, null);
    assert.match(remarks[0]!, /^nvidia-smi says: /);
  }
  assert.deepEqual(parseNvidia(""), { gpus: [], driver: null, remarks: [] });
});

Deno.test("nvidia-smi: units and names with commas are read", () => {
  const { gpus } = parseNvidia("0, Quadro P600, rev. B, 2000 MiB, 1900 MiB, 470.82\n");
  assert.deepEqual(gpus[0], {
    index: 0,
    name: "Quadro P600, rev. B",
    vramTotalMb: 2000,
    vramFreeMb: 1900,
    source: "nvidia-smi",
  });
});

Deno.test("rocm-smi: bytes become MiB, in either spelling of its keys", () => {
  const old = parseRocm(JSON.stringify({
    card0: {
      "Card series": "Radeon RX 7900 XTX",
      "Card model": "0x5304",
      "VRAM Total Memory (B)": "25753026560",
      "VRAM Total Used Memory (B)": "327782400",
    },
    system: { "Driver version": "6.3.6" },
  }));
  assert.deepEqual(old.gpus, [{
    index: 0,
    name: "Radeon RX 7900 XTX",
    vramTotalMb: 24560,
    vramFreeMb: 24247,
    source: "rocm-smi",
  }]);
  assert.equal(old.driver, "amdgpu 6.3.6");
  const fresh = parseRocm(
    "WARNING: AMD GPU device(s) is/are in a low-power state. Check power control/runtime_status\n\n" +
      JSON.stringify({
        card1: {
          "Card Series": "N/A",
          "Card Model": "0x744c",
          "Card SKU": "EXT94393",
          "VRAM Total Memory (B)": "17163091968",
        },
        card0: { "Card Series": "Instinct MI210", "VRAM Total Memory (B)": "N/A" },
      }),
  );
  assert.deepEqual(fresh.gpus.map(({ index, name, vramTotalMb }) => [index, name, vramTotalMb]), [
    [0, "Instinct MI210", null],
    [1, "EXT94393", 16368],
  ]);
});

Deno.test("rocm-smi: without a card or driver it says so", () => {
  assert.match(
    parseRocm("ERROR:root:Driver not initialized (amdgpu not found in modules)").remarks[0]!,
    /^rocm-smi says: .*not initialized/,
  );
  assert.deepEqual(parseRocm("").remarks, []);
  assert.deepEqual(parseRocm("{}").gpus, []);
});

Deno.test("ComfyUI: a CUDA device is a card without its allocator's suffix", () => {
  const { gpus } = parseComfyUiStats({
    system: { os: "linux" },
    devices: [{
      name: "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync",
      type: "cuda",
      index: 0,
      vram_total: 25_757_220_864,
      vram_free: 24_000_000_000,
    }],
  });
  assert.deepEqual(gpus, [{
    index: 0,
    name: "NVIDIA GeForce RTX 4090",
    vramTotalMb: 24564,
    vramFreeMb: 22888,
    source: "comfyui",
  }]);
});

Deno.test("ComfyUI: with --cpu the machine's RAM is not taken for VRAM", () => {
  // Recorded from 0.3.64 with --cpu.
  const { gpus, remarks } = parseComfyUiStats({
    system: { os: "posix", ram_total: 25276514304, ram_free: 24598233088, comfyui_version: "0.3.64" },
    devices: [{
      name: "cpu",
      type: "cpu",
      index: null,
      vram_total: 25276514304,
      vram_free: 24598233088,
      torch_vram_total: 25276514304,
      torch_vram_free: 24598233088,
    }],
  });
  assert.deepEqual(gpus, []);
  assert.match(remarks[0]!, /is this machine's RAM/);
});

Deno.test("ComfyUI: what is not its answer is a remark", () => {
  assert.match(parseComfyUiStats({ hello: "world" }).remarks[0]!, /cannot be read/);
});

Deno.test("this machine has memory, a disk and a system, whatever else it has", async () => {
  const found = await detectHardware({ dataDir: Deno.cwd(), comfyui: null });
  assert.ok(found.ramMb > 100);
  assert.ok(found.diskFreeMb > 0);
  assert.match(found.os, new RegExp(`^${Deno.build.os} ${Deno.build.arch}`));
});

Deno.test("cards are asked of ComfyUI where no driver's tool is at hand", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () =>
      Response.json({
        devices: [{
          name: "xpu:0 Intel Arc A770",
          type: "xpu",
          index: 0,
          vram_total: 16 * 2 ** 30,
          vram_free: 2 ** 30,
        }],
      }),
  );
  const found = await detectHardware({
    dataDir: Deno.cwd(),
    comfyui: `http://127.0.0.1:${server.addr.port}`,
  });
  // On a machine with a driver's tool that one is believed first.
  if (found.gpus.every(({ source }) => source === "comfyui")) {
    assert.deepEqual(found.gpus.map(({ name, vramTotalMb }) => [name, vramTotalMb]), [[
      "Intel Arc A770",
      16384,
    ]]);
  }
});

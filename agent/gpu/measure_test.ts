import assert from "node:assert/strict";
import { join } from "@std/path";
import { measureCard, parseMeasure, summarise } from "./measure.ts";

Deno.test("the driver's lines are read, and what it does not tell is not told", () => {
  assert.deepEqual(parseMeasure("12345, 250.31"), { usedMb: 12345, watts: 250.31 });
  assert.deepEqual(parseMeasure("812, [N/A]"), { usedMb: 812, watts: null });
  assert.equal(parseMeasure("[N/A], [Not Supported]"), null);
  assert.equal(parseMeasure("No devices were found"), null);
  assert.equal(parseMeasure(""), null);
});

Deno.test("the peak is the highest, the energy the power over the time, and a gap counts nothing", () => {
  const at = (seconds: number, usedMb: number | null, watts: number | null) => ({
    at: seconds * 1000,
    usedMb,
    watts,
  });
  assert.deepEqual(summarise([at(0, 900, 100), at(9, 15_000, 300), at(18, 8_000, 300)]), {
    peakVramMb: 15_000,
    // 9 s of 200 W on the way up, 9 s of 300 W: 4500 Ws.
    energyWh: 1.25,
  });
  assert.deepEqual(summarise([at(0, null, 300), at(3600, 10, 300)]), { peakVramMb: 10, energyWh: null });
  assert.deepEqual(summarise([]), { peakVramMb: null, energyWh: null });
});

Deno.test("a card is watched by its driver's tool, which ends with the work", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("PATH")!;
  try {
    // Speaks as the tool does, with the arguments it was given, for ever.
    const [pid, said] = [join(folder, "pid"), join(folder, "said")];
    await Deno.writeTextFile(
      join(folder, "nvidia-smi"),
      `#!/bin/sh\necho $$ > ${pid}\n[ "$1" = "--id=2" ] || exit 3\nwhile :; do echo "14000, 200.00"; echo said >> ${said}; sleep 0.05; done\n`,
      { mode: 0o755 },
    );
    Deno.env.set("PATH", `${folder}:${before}`);
    const stats = () => Promise.reject(new Error("not asked"));
    const watch = measureCard(2, { systemStats: stats });
    const deadline = Date.now() + 20_000;
    // A few lines: energy needs two.
    const lines = () => Deno.readTextFile(said).then((text) => text.split("\n").length, () => 0);
    while (Date.now() < deadline && await lines() < 5) await tick(20);
    const measured = await watch.stop();
    assert.equal(measured.peakVramMb, 14_000);
    assert.ok(measured.energyWh! > 0);
    const gone = async () =>
      !await Deno.stat(`/proc/${(await Deno.readTextFile(pid)).trim()}`).then(() => true, () => false);
    assert.ok(Deno.build.os !== "linux" || await gone());
  } finally {
    Deno.env.set("PATH", before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without a driver's tool ComfyUI says what its card holds; of the CPU nothing is measured", async () => {
  const asked = Promise.withResolvers<void>();
  const device = {
    name: "cuda:0",
    type: "cuda",
    index: 0,
    vram_total: 24 * 1024 ** 3,
    vram_free: 8 * 1024 ** 3,
  };
  const answer = (type: string) => () => {
    asked.resolve();
    return Promise.resolve({ devices: [{ ...device, type }] } as never);
  };
  const card = measureCard(null, { systemStats: answer("cuda") });
  await asked.promise;
  await tick(50);
  assert.deepEqual(await card.stop(), { peakVramMb: 16 * 1024, energyWh: null });
  const cpu = measureCard(null, { systemStats: answer("cpu") });
  await tick(50);
  assert.deepEqual(await cpu.stop(), { peakVramMb: null, energyWh: null });
});

function tick(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

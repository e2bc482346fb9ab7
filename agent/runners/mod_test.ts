import assert from "node:assert/strict";
import type { Hardware } from "../gpu/hardware.ts";
import { openRunners } from "./mod.ts";

const HARDWARE: Hardware = {
  gpus: [],
  ramMb: 32_000,
  diskFreeMb: 100_000,
  os: "linux x86_64",
  driver: null,
  remarks: [],
};

Deno.test("a machine without a card and without ComfyUI can make animatics at every tier", async () => {
  const runners = await openRunners({ comfyui: null, hardware: { ...HARDWARE, remarks: [] } });
  assert.deepEqual(runners.slots.map(({ slot, vram_mb }) => [slot, vram_mb]), [["cpu", 0]]);
  for (const runner of ["animatic", "animatic-still"]) {
    for (const tier of ["low", "standard", "high"]) {
      assert.ok(runners.slots[0]!.capabilities.includes(`${runner}@${tier}`), `${runner}@${tier}`);
    }
  }
  assert.equal(runners.comfyuiVersion, null);
  await runners.close();
});

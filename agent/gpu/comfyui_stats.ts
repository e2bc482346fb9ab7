import { z } from "zod";
import type { Gpu } from "./hardware.ts";

const Stats = z.object({
  devices: z.array(z.object({
    name: z.string(),
    type: z.string(),
    index: z.int().nullable(),
    vram_total: z.number(),
    vram_free: z.number(),
  })),
});

/**
 * Cards from ComfyUI's `/system_stats`, for machines where neither driver tool is at hand (containers, Intel, Apple).
 * With `--cpu` it reports type "cpu" and the system's RAM as VRAM; on Apple silicon ("mps") the same: neither is a card's
 * own memory, so a CPU is left out, and shared memory is left unknown rather than taken for a 64 GB card.
 */
export function parseComfyUiStats(value: unknown): { gpus: Gpu[]; remarks: string[] } {
  const parsed = Stats.safeParse(value);
  if (!parsed.success) return { gpus: [], remarks: ["ComfyUI's /system_stats cannot be read."] };
  const gpus: Gpu[] = [];
  const remarks: string[] = [];
  for (const device of parsed.data.devices) {
    if (device.type === "cpu") {
      remarks.push("ComfyUI runs on the CPU (--cpu): what it reports as VRAM is this machine's RAM.");
      continue;
    }
    const shared = device.type === "mps";
    if (shared) remarks.push("ComfyUI runs on Apple's shared memory, which is not counted as VRAM.");
    gpus.push({
      index: device.index ?? gpus.length,
      name: cardName(device.name),
      vramTotalMb: shared ? null : Math.round(device.vram_total / (1024 * 1024)),
      vramFreeMb: shared ? null : Math.round(device.vram_free / (1024 * 1024)),
      source: "comfyui",
    });
  }
  return { gpus, remarks };
}

/** "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync" without device and allocator. */
function cardName(name: string): string {
  return (name.replace(/^[a-z]+:\d+\s+/i, "").replace(/\s+:\s+\S+$/, "").trim() || name).slice(0, 120);
}

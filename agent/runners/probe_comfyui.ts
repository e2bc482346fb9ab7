import type { Gpu } from "../gpu/hardware.ts";
import { type ComfyClient, ComfyError } from "../comfyui/client.ts";
import type { ComfyFacts } from "./capability.ts";
import type { Runner } from "../../shared/runners/check.ts";

/** A ComfyUI as it is now. */
export interface ComfyFound {
  version: string;
  /** Index of the card it works on, `cpu`, or null when none of the machine's cards can be told to be its. */
  device: number | "cpu" | null;
  /** MiB of that card as ComfyUI says; null for shared memory. */
  vramMb: number | null;
  facts: ComfyFacts;
}

/** Asks a ComfyUI what it is and has. A sentence when none answers. */
export async function probeComfyUi(
  client: ComfyClient,
  runners: readonly Runner[],
  gpus: readonly Gpu[],
  signal?: AbortSignal,
): Promise<ComfyFound | string> {
  try {
    // It may be busy: Python answers late while a model is loaded.
    const stats = await client.systemStats({ signal, timeoutMs: 30_000 });
    const folders = new Set(
      runners.flatMap(({ manifest }) =>
        Object.values(manifest.tiers).flatMap((tier) => tier.models.map((model) => model.folder))
      ),
    );
    const [info, ...lists] = await Promise.all([
      client.objectInfo({ signal }),
      ...[...folders].map(async (folder) => [folder, await client.models(folder, { signal })] as const),
    ]);
    // The first device is the one that prompts run on.
    const device = stats.devices[0];
    return {
      version: stats.system.comfyui_version,
      device: deviceOf(device, gpus),
      vramMb: device && device.type !== "cpu" && device.type !== "mps"
        ? Math.round(device.vram_total / (1024 * 1024))
        : null,
      facts: { nodeClasses: new Set(Object.keys(info)), models: new Map(lists) },
    };
  } catch (error) {
    if (error instanceof ComfyError && error.code === "unreachable") {
      return `none answers at ${client.url}. Start it.`;
    }
    if (error instanceof ComfyError) return error.message;
    throw error;
  }
}

/**
 * ComfyUI counts the cards it may see (CUDA_VISIBLE_DEVICES), the driver all of them: the name decides where the number
 * and the name disagree.
 */
function deviceOf(
  device: { name: string; type: string; index: number | null } | undefined,
  gpus: readonly Gpu[],
): number | "cpu" | null {
  if (!device || device.type === "cpu") return "cpu";
  if (gpus.length === 1) return gpus[0]!.index;
  const named = gpus.filter((gpu) => device.name.includes(gpu.name));
  const numbered = gpus.find((gpu) => gpu.index === device.index);
  return (named.find((gpu) => gpu === numbered) ?? named[0] ?? numbered)?.index ?? null;
}

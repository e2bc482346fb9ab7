import type { Gpu } from "./hardware.ts";

export const NVIDIA_ARGS = [
  "--query-gpu=index,name,memory.total,memory.free,driver_version",
  "--format=csv,noheader,nounits",
];

/**
 * Reads `nvidia-smi` with {@link NVIDIA_ARGS}: a line per card, MiB without unit. `[N/A]`, `[Not Supported]` and
 * `[Unknown Error]` stand in single fields, of unified-memory boards (GB10, Jetson) and of cards that fell off the bus.
 * Anything else that is not a card's line ("No devices were found", a driver mismatch) becomes a remark.
 */
export function parseNvidia(text: string): { gpus: Gpu[]; driver: string | null; remarks: string[] } {
  const gpus: Gpu[] = [];
  const remarks: string[] = [];
  let driver: string | null = null;
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim()).filter(Boolean)) {
    const fields = line.split(",").map((field) => field.trim());
    const index = Number(fields[0]);
    if (fields.length < 5 || !Number.isInteger(index)) {
      remarks.push(`nvidia-smi says: ${line.slice(0, 300)}`);
      continue;
    }
    // A name may hold a comma; the last three fields cannot.
    const [total, free, version] = fields.slice(-3);
    const gpu: Gpu = {
      index,
      name: fields.slice(1, -3).join(", ").slice(0, 120),
      vramTotalMb: mib(total),
      vramFreeMb: mib(free),
      source: "nvidia-smi",
    };
    if (gpu.vramTotalMb === null) {
      remarks.push(`nvidia-smi does not tell the memory of card ${index} (${gpu.name}): ${total}.`);
    }
    gpus.push(gpu);
    if (version && !version.startsWith("[")) driver ??= `NVIDIA ${version}`.slice(0, 80);
  }
  return { gpus, driver, remarks };
}

function mib(field: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)(?:\s*MiB)?$/.exec(field ?? "");
  return match ? Math.round(Number(match[1])) : null;
}

import type { Look } from "../machine.ts";

/** What this machine can and cannot run, why, and what would change it. Exit code 1 when it can run nothing. */
export async function doctor(
  options: {
    look(signal: AbortSignal): Promise<Look>;
    print(text: string): void;
    comfyui: string | null;
    /** The agent starts it itself. */
    managed?: boolean;
  },
): Promise<number> {
  const { print } = options;
  const { facts, hardware } = await options.look(new AbortController().signal);
  print("This machine");
  print(`  system    ${facts.os}, ${gib(facts.ram_mb)} RAM, ${gib(facts.disk_free_mb)} disk free`);
  for (const gpu of hardware.gpus) {
    const total = gpu.vramTotalMb === null ? "memory not told" : gib(gpu.vramTotalMb);
    const free = gpu.vramFreeMb === null ? "" : `, ${gib(gpu.vramFreeMb)} free`;
    print(`  card ${gpu.index}    ${gpu.name}, ${total}${free} (from ${gpu.source})`);
  }
  if (hardware.gpus.length === 0) print("  card      none found by nvidia-smi, rocm-smi or ComfyUI");
  if (facts.driver) print(`  driver    ${facts.driver}`);
  print(`  ComfyUI   ${comfyUiLine(facts.comfyui_version, options)}`);
  for (const remark of hardware.remarks) print(`  note      ${remark}`);

  const able = facts.slots.flatMap((slot) => slot.capabilities.map((capability) => ({ slot, capability })));
  print("\nIt can run");
  for (const { slot, capability } of able) print(`  ✓ ${capability}   on ${slot.slot} (${slot.name})`);
  if (able.length === 0) print("  nothing");
  if (facts.cannot.length > 0) {
    print("\nIt cannot run");
    for (const no of facts.cannot) print(`  ✗ ${no.capability}   ${no.sentence}`);
  }
  return able.length > 0 ? 0 : 1;
}

function comfyUiLine(
  version: string | null,
  { comfyui: url, managed }: { comfyui: string | null; managed?: boolean },
): string {
  if (url === null) return "not used (--comfyui none)";
  if (version === null && managed) return `no answer at ${url}: agent run starts it`;
  if (version === null) return `no answer at ${url}: start it, or name its address with --comfyui URL`;
  return `${version} at ${url}`;
}

function gib(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}

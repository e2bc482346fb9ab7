export interface Card {
  name: string;
  index: number;
  /** MiB. */
  vramMb: number;
}

/** `/system_stats`. With `--cpu` ComfyUI reports the RAM as VRAM. */
export function statsOf({ version = "0.3.64", card }: { version?: string; card?: Card }): unknown {
  const ram = 25276514304;
  const memory = card ? card.vramMb * 1024 * 1024 : ram;
  return {
    system: {
      os: "posix",
      ram_total: ram,
      ram_free: ram,
      comfyui_version: version,
      python_version: "3.11.2",
      pytorch_version: "2.8.0",
      embedded_python: false,
      argv: ["main.py", ...card ? [] : ["--cpu"]],
    },
    devices: [{
      name: card ? `cuda:${card.index} ${card.name} : cudaMallocAsync` : "cpu",
      type: card ? "cuda" : "cpu",
      index: card?.index ?? null,
      vram_total: memory,
      vram_free: memory,
      torch_vram_total: memory,
      torch_vram_free: memory,
    }],
  };
}

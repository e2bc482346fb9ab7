/** One graphics card as its driver (or, failing that, ComfyUI) reports it. */
export interface Gpu {
  /** The driver's index: 0 is the first card. */
  index: number;
  /** "NVIDIA GeForce RTX 4090" */
  name: string;
  /** MiB; null when the driver answers [N/A] (unified-memory boards, some virtual cards). */
  vramTotalMb: number | null;
  /** MiB free now; null when not told. */
  vramFreeMb: number | null;
  /** Who said so. */
  source: "nvidia-smi" | "rocm-smi" | "comfyui";
}

/** What this machine has. MiB throughout. */
export interface Hardware {
  gpus: Gpu[];
  ramMb: number;
  /** Free where the agent works. */
  diskFreeMb: number;
  /** "linux x86_64 6.1.0" */
  os: string;
  /** "NVIDIA 550.54.15"; null without a card. */
  driver: string | null;
  /** Why a card may be missing from the list: sentences for `agent doctor`. */
  remarks: string[];
}

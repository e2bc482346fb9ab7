import { RunnerId, type RunnerManifest, type RunnerTier } from "../../shared/runners/manifest.ts";
import type { ComfyClient } from "../comfyui/client.ts";
import { UsageError } from "../config.ts";
import type { GatewayClient } from "../lease/client.ts";
import { printable } from "../terminal.ts";

/** What `agent runner` reaches, and what its parts share. */
export interface RunnerDoors {
  print(text: string): void;
  /** The agent's own runners. */
  ownDir: string;
  /** Those that its owner installed. */
  installedDir: string;
  /** Null when this agent is set to use no ComfyUI. */
  comfyui: ComfyClient | null;
  /** Null when no studio was joined. */
  gateway: GatewayClient | null;
}

/** Exit code 1 when there are any. */
export function tellFaults(faults: readonly string[], { print }: RunnerDoors): number {
  for (const fault of faults) print(`✗ ${printable(fault)}`);
  return faults.length ? 1 : 0;
}

export function idOf(text: string): string {
  const id = RunnerId.safeParse(text);
  if (id.success) return id.data;
  throw new UsageError(`A runner's id is lower-case words and hyphens, like my-model, not "${text}".`);
}

export function tiersOf(manifest: RunnerManifest): RunnerTier[] {
  return Object.values(manifest.tiers);
}

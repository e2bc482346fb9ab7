import type { z } from "zod";
import type { Inability } from "../../shared/agents/protocol.ts";
import { neededClasses, type Runner } from "../../shared/runners/check.ts";
import {
  capabilityOf,
  type ModelFile,
  type RunnerManifest,
  type RunnerTier,
} from "../../shared/runners/manifest.ts";
import { sizeOfAll } from "../../shared/runners/size.ts";
import { TIERS } from "../../shared/tiers.ts";

/** What a slot can make and what it can't, from facts alone. Pure: the same for the agent, `agent doctor` and tests. */

type Reason = z.infer<typeof Inability>;

/** What a ComfyUI has; null when none answers. */
export interface ComfyFacts {
  nodeClasses: ReadonlySet<string>;
  /** File names by models folder, as ComfyUI lists them: `sub/x.safetensors`. */
  models: ReadonlyMap<string, readonly string[]>;
}

export interface SlotFacts {
  /** "NVIDIA GeForce RTX 4090", "CPU" */
  name: string;
  /** MiB as reported; null when the driver does not say. 0 for the CPU. */
  vramMb: number | null;
  ramMb: number;
  diskFreeMb: number;
  /** The ComfyUI that works on this slot. */
  comfyui: ComfyFacts | null;
  /** Why not, where there is none. */
  noComfyui: string;
  /** By runner, what its container on this slot has, or a sentence that says why it has none. */
  containers?: ReadonlyMap<string, ComfyFacts | string>;
  /** Engine `builtin` runs here. */
  builtin: boolean;
  /** What keeps builtin runners from running: a sentence; null when nothing does. */
  noBuiltin: string | null;
}

export interface Abilities {
  capabilities: string[];
  cannot: Reason[];
}

export function abilities(runners: readonly Runner[], slot: SlotFacts): Abilities {
  const found: Abilities = { capabilities: [], cannot: [] };
  for (const runner of runners) {
    for (const [name, tier] of tiersOf(runner.manifest)) {
      const capability = capabilityOf(runner.manifest.id, name);
      const why = inability(runner, tier, slot);
      if (why === null) found.capabilities.push(capability);
      else {
        const what = `${runner.manifest.title} at ${TIERS[name].label}`;
        found.cannot.push({ capability, reason: why.reason, sentence: limit(`${what} ${why.sentence}`) });
      }
    }
  }
  return found;
}

function tiersOf(manifest: RunnerManifest): [keyof typeof TIERS, RunnerTier][] {
  return Object.entries(manifest.tiers) as [keyof typeof TIERS, RunnerTier][];
}

/** The first thing that is missing, in the order in which one would see to it. */
function inability(
  runner: Runner,
  tier: RunnerTier,
  slot: SlotFacts,
): Pick<Reason, "reason" | "sentence"> | null {
  const { manifest } = runner;
  const comfyui = factsFor(runner, slot);
  if (manifest.engine === "container") {
    if (typeof comfyui === "string") return { reason: "tools", sentence: comfyui };
  } else if (manifest.engine === "builtin") {
    if (!slot.builtin) return { reason: "tools", sentence: "runs on the CPU slot." };
    if (slot.noBuiltin !== null) return { reason: "tools", sentence: `can't run: ${slot.noBuiltin}` };
  } else if (typeof comfyui === "string") {
    return { reason: "comfyui", sentence: `needs ComfyUI: ${comfyui}` };
  }
  if (tier.vram_mb > 0 && (slot.vramMb === null || slot.vramMb < tier.vram_mb)) {
    const has = slot.vramMb === null
      ? `${slot.name} does not say how much it has`
      : slot.vramMb === 0
      ? `this ComfyUI runs on the CPU`
      : `${slot.name} has ${gib(slot.vramMb)}`;
    return { reason: "vram", sentence: `needs ${gib(tier.vram_mb)} of GPU memory; ${has}.` };
  }
  if (slot.ramMb < tier.ram_mb) {
    return {
      reason: "ram",
      sentence: `needs ${gib(tier.ram_mb)} of memory; this machine has ${gib(slot.ramMb)}.`,
    };
  }
  if (slot.diskFreeMb < tier.disk_mb) {
    return {
      reason: "disk",
      sentence: `needs ${gib(tier.disk_mb)} of free disk; ${gib(slot.diskFreeMb)} are free. Free some space.`,
    };
  }
  if (typeof comfyui === "string") return null;
  return missingNodes(runner, tier, comfyui) ?? missingModels(tier, comfyui, slot.diskFreeMb);
}

/** What answers for the runner on this slot: its own container, or ComfyUI. A sentence where nothing does. */
function factsFor({ manifest }: Runner, slot: SlotFacts): ComfyFacts | string {
  if (manifest.engine !== "container") return slot.comfyui ?? slot.noComfyui;
  return slot.containers?.get(manifest.id) ??
    `runs in a container, and none was agreed to here for this card: agent container add ${manifest.id}`;
}

function missingNodes(
  runner: Runner,
  tier: RunnerTier,
  comfyui: ComfyFacts,
): Pick<Reason, "reason" | "sentence"> | null {
  const missing = [...neededClasses(runner, tier)].filter((name) => !comfyui.nodeClasses.has(name));
  if (missing.length === 0) return null;
  return {
    reason: "nodes",
    sentence: `needs the ComfyUI nodes ${list(missing)}: update ComfyUI, or install the pack they come from.`,
  };
}

function missingModels(
  tier: RunnerTier,
  comfyui: ComfyFacts,
  diskFreeMb: number,
): Pick<Reason, "reason" | "sentence"> | null {
  const missing = tier.models.filter((model) => listedName(model, comfyui) === null);
  if (missing.length === 0) return null;
  const { bytes, about, unknown } = sizeOfAll(missing);
  const download = bytes > 0
    ? `a download of ${about ? "about " : ""}${gigabytes(bytes)}${unknown > 0 ? " and more" : ""}`
    : "a download whose size its source does not say";
  const files = list(missing.map((model) => `${model.file} (models/${model.folder})`));
  const room = bytes > diskFreeMb * 1024 * 1024
    ? `, more than the ${gib(diskFreeMb)} that are free here`
    : "";
  const first = missing.find((model) => model.url !== undefined);
  return {
    reason: "models",
    sentence: `lacks ${files}: ${download}${room}.${first ? ` From ${first.url}` : ""}`,
  };
}

/** How ComfyUI lists a model file, which may lie in a folder of its own below the models folder; null when it is not there. */
export function listedName(model: Pick<ModelFile, "folder" | "file">, comfyui: ComfyFacts): string | null {
  const listed = comfyui.models.get(model.folder) ?? [];
  // ComfyUI on Windows lists sub\x.safetensors.
  return listed.find((name) => name === model.file) ??
    listed.find((name) => name.replaceAll("\\", "/").endsWith(`/${model.file}`)) ?? null;
}

/** "10.0 GiB" of MiB: GPU and system memory, and disks as systems report them. */
function gib(mib: number): string {
  return `${(mib / 1024).toFixed(mib < 10 * 1024 ? 1 : 0)} GiB`;
}

/** "17.2 GB" of bytes: downloads are counted as their sources do. */
function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The protocol's limit. */
function limit(sentence: string): string {
  return sentence.length <= 500 ? sentence : `${sentence.slice(0, 499)}…`;
}

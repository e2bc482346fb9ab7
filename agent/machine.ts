import { join } from "@std/path";
import type { z } from "zod";
import type { AgentFacts, Inability, Slot } from "../shared/agents/protocol.ts";
import type { JobSpec } from "../shared/jobs/job.ts";
import { COMPARE } from "../shared/jobs/compare.ts";
import { ASSEMBLE } from "../shared/runners/manifest.ts";
import type { Managed } from "./comfyui/managed/supervisor.ts";
import { createComparer } from "./compare/mod.ts";
import { detectHardware } from "./gpu/mod.ts";
import type { Hardware } from "./gpu/hardware.ts";
import type { ContainerDoor, Executor, Runners, RunnersOptions } from "./lease/executor.ts";
import type { Machine } from "./lease/state.ts";
import { fetched } from "./models/files.ts";
import type { ModelNeed } from "./models/needs.ts";
import { AGENT_VERSION } from "./version.ts";

export interface MachineOptions {
  dataDir: string;
  comfyui: string | null;
  /** By runner, containers that may be running beside this process; `agent run` looks after them itself. */
  containers?: ReadonlyMap<string, ContainerDoor>;
  /** By which work chooses this machine. */
  tags?: readonly string[];
  openRunners(options: RunnersOptions): Promise<Runners>;
  assemble: Executor;
}

/** Where `agent runner install` puts runners. */
export function installedRunners(dataDir: string): string {
  return join(dataDir, "runners");
}

export interface Look extends Machine {
  hardware: Hardware;
  /** Model files that its runners need. */
  models: ModelNeed[];
}

/**
 * Looks at this machine: cards, tools, ComfyUI, and from them what it can run. Each look replaces the one before;
 * runners that are still at work are closed when their last job has ended.
 */
export function createLook(options: MachineOptions): {
  look(signal: AbortSignal): Promise<Look>;
  /** From now on ComfyUI is one that the agent runs: what it can make stays on offer while it sleeps. */
  manage(managed: Managed): void;
  /** From now on these containers are looked after. */
  keep(containers: ReadonlyMap<string, ContainerDoor>): void;
  close(): Promise<void>;
} {
  let managed: Managed | null = null;
  let containers = options.containers ?? new Map();
  let last: Look | null = null;
  const comparer = createComparer();
  let current: { runners: Runners; busy: number; stale: boolean } | null = null;
  const retire = async (held: typeof current) => {
    if (!held) return;
    held.stale = true;
    if (held.busy === 0) await held.runners.close().catch(() => {});
  };
  return {
    manage: (comfyui) => void (managed = comfyui),
    keep: (kept) => void (containers = kept),
    async look(signal) {
      const asleep = managed?.state() === "asleep" || managed?.state() === "waking";
      // A card may be known from ComfyUI alone.
      const hardware = asleep && last ? last.hardware : await detectHardware({ ...options, signal });
      const runners = await options.openRunners({
        comfyui: options.comfyui,
        hardware,
        installedDir: installedRunners(options.dataDir),
        containers,
        comfyuiAsleep: asleep,
        signal,
        ...(managed ? { holdComfyui: managed.hold } : {}),
      });
      if (runners.comfyuiVersion !== null) managed?.seen();
      const held = { runners, busy: 0, stale: false };
      const before = current;
      current = held;
      await retire(before);
      const tools = await hasFfmpeg();
      const counted = (executor: Executor | null): Executor | null =>
        executor && {
          async run(lease, context) {
            held.busy++;
            try {
              return await executor.run(lease, context);
            } finally {
              if (--held.busy === 0 && held.stale) await runners.close().catch(() => {});
            }
          },
        };
      const models = runners.models ?? [];
      last = {
        hardware,
        models,
        facts: {
          ...factsOf(hardware, runners, tools),
          ...await digestsOf(options.dataDir, models),
          ...(options.tags?.length ? { tags: [...options.tags] } : {}),
        },
        runners: {
          loaded: (slot) => runners.loaded(slot),
          executorFor(spec: JobSpec) {
            if (spec.kind === "generate") return counted(runners.executorFor(spec));
            if (!tools) return null;
            return spec.kind === "assemble" ? options.assemble : comparer;
          },
        },
      };
      return last;
    },
    close: () => retire(current),
  };
}

export function factsOf(
  hardware: Hardware,
  runners: Pick<Runners, "slots" | "cannot" | "versions" | "comfyuiVersion">,
  ffmpeg: boolean,
): z.infer<typeof AgentFacts> {
  const slots: Slot[] = runners.slots.map((slot) => ({ ...slot, capabilities: [...slot.capabilities] }));
  const cannot: Inability[] = [...runners.cannot];
  // A card that can do nothing yet is declared too: the studio shows it, and says what it would take.
  for (const { index, name, vramTotalMb } of hardware.gpus) {
    const slot = `gpu${index}`;
    if (slots.some((known) => known.slot === slot)) continue;
    slots.push({ slot, name: name.slice(0, 120), vram_mb: vramTotalMb ?? 0, capabilities: [] });
  }
  slots.sort((a, b) => rank(a.slot) - rank(b.slot));
  let cpu = slots.find(({ slot }) => slot === "cpu");
  if (!cpu) slots.push(cpu = { slot: "cpu", name: "CPU", vram_mb: 0, capabilities: [] });
  if (ffmpeg) cpu.capabilities.push(ASSEMBLE, COMPARE);
  else {
    cannot.push({
      capability: ASSEMBLE,
      reason: "tools",
      sentence: `Films cannot be assembled here: ffmpeg is not installed. ${ffmpegCommand()}`,
    });
  }
  return {
    os: hardware.os.slice(0, 60),
    agent_version: AGENT_VERSION,
    comfyui_version: runners.comfyuiVersion?.slice(0, 40) ?? null,
    driver: hardware.driver,
    ram_mb: hardware.ramMb,
    disk_free_mb: hardware.diskFreeMb,
    slots,
    runners: runners.versions,
    cannot: cannot.slice(0, 500).map((no) => ({ ...no, sentence: no.sentence.slice(0, 500) })),
  };
}

/** Model files told to the studio: the schema's bound. */
const MOST_DIGESTS = 500;

/** Of the model files that this agent fetched and that are still there. */
async function digestsOf(
  dataDir: string,
  models: readonly ModelNeed[],
): Promise<Pick<z.infer<typeof AgentFacts>, "models">> {
  const here = new Set(models.filter((model) => model.here === true).map(({ key }) => key));
  const digests = (await fetched(dataDir)).flatMap(({ key, sha256 }): [string, string][] =>
    sha256 && here.has(key) && key.length <= 300 ? [[key, sha256]] : []
  ).slice(0, MOST_DIGESTS);
  return digests.length ? { models: Object.fromEntries(digests) } : {};
}

/** Cards by number, the CPU last. */
function rank(slot: string): number {
  return slot === "cpu" ? Infinity : Number(/\d+$/.exec(slot)?.[0] ?? 0);
}

export function ffmpegCommand(os: string = Deno.build.os): string {
  if (os === "darwin") return "Install it: brew install ffmpeg";
  if (os === "windows") return "Install it: winget install Gyan.FFmpeg";
  return "Install it: sudo apt-get install ffmpeg";
}

async function hasFfmpeg(): Promise<boolean> {
  const runs = async (tool: string) => {
    try {
      const command = new Deno.Command(tool, {
        args: ["-version"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
      return (await command.output()).success;
    } catch {
      return false;
    }
  };
  return (await Promise.all([runs("ffmpeg"), runs("ffprobe")])).every(Boolean);
}

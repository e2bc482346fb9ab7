import type { Slot } from "../../shared/agents/protocol.ts";
import type { z } from "zod";
import type { Runner } from "../../shared/runners/check.ts";
import { capabilityOf } from "../../shared/runners/manifest.ts";
import { type ComfyClient, createComfyClient } from "../comfyui/mod.ts";
import type { Executor, Runners, RunnersOptions } from "../lease/executor.ts";
import { hereByLists, modelNeeds } from "../models/needs.ts";
import { type ContainerFound, containersOf, lastFound, slotName } from "./containers.ts";
import { forgetLoaded, loadedAt, makeRoom, nowLoaded } from "./in_memory.ts";
import { animatic } from "./animatic/animatic.ts";
import { type Abilities, abilities, type SlotFacts } from "./capability.ts";
import { loadAllRunners } from "./load.ts";
import { comfyExecutor } from "./comfyui_take.ts";
import { type ComfyFound, probeComfyUi } from "./probe_comfyui.ts";
import { missingTools } from "./tools.ts";

/** The runners that come with the agent. */
export const RUNNERS_DIR = import.meta.dirname!;

/** Finds out what this machine can make now: its runner folders, tools, cards and ComfyUI. */
export async function openRunners(options: RunnersOptions): Promise<Runners> {
  const { hardware, signal } = options;
  const { runners, faults } = await loadAllRunners(
    options.runnersDir ?? RUNNERS_DIR,
    options.installedDir,
  );
  for (const fault of faults) hardware.remarks.push(`A runner is left out. ${fault}`);
  const client = options.comfyui === null ? null : createComfyClient({ url: options.comfyui });
  const [noBuiltin, found, containers] = await Promise.all([
    missingTools(signal),
    client ? foundAt(client, runners, options) : "this agent is set to use none.",
    containersOf(options, runners),
  ]);
  const slots = slotsOf(options, found, noBuiltin, containers).map(({ slot, facts }) => ({
    slot,
    facts,
    able: abilities(runners, facts),
  }));
  const can = new Set(slots.flatMap(({ able }) => able.capabilities));
  const comfySlot = slots.find(({ facts }) => facts.comfyui !== null)?.slot;
  if (client && (typeof found === "string" || options.comfyuiAsleep)) forgetLoaded(client.url);
  // What works on one card, and so takes memory from each other.
  const urlsOn = (slot: string | undefined) => [
    ...client && slot === comfySlot ? [client.url] : [],
    ...[...containers.values()].filter((each) => each.slot === slot).map((each) => each.door.url),
  ];
  return {
    slots: slots
      .filter(({ slot, able }) => slot === "cpu" || able.capabilities.length > 0)
      .map(({ slot, facts, able }) => asSlot(slot, facts, able)),
    cannot: cannotOf(runners, slots, can),
    versions: Object.fromEntries(runners.map(({ manifest }) => [manifest.id, manifest.version])),
    models: modelNeeds(
      runners.filter(({ manifest }) => !manifest.self_test),
      slots.map(({ facts }) => facts),
      hereByLists(slots.map(({ facts }) => facts)),
    ),
    comfyuiVersion: typeof found === "string" ? null : found.version,
    loaded: (slot) => urlsOn(slot).flatMap(loadedAt),
    executorFor(spec): Executor | null {
      if (spec.kind !== "generate" || !can.has(capabilityOf(spec.runner, spec.tier))) return null;
      const runner = runners.find(({ manifest }) => manifest.id === spec.runner);
      if (!runner) return null;
      if (runner.manifest.engine === "builtin") return animatic;
      const own = containers.get(spec.runner);
      const made = own ? own.found : found;
      const by = own ? createComfyClient({ url: own.door.url }) : client;
      if (!by || typeof made === "string") return null;
      const hold = own?.door.hold ?? options.holdComfyui;
      const device = own ? own.door.card : made.device;
      return comfyExecutor({
        client: by,
        runner,
        facts: made.facts,
        version: made.version,
        gpu: typeof device === "number" ? device : null,
        ...(hold ? { hold } : {}),
        makeRoom: () => makeRoom(by.url, urlsOn(own ? own.slot : comfySlot)),
        ran: ({ runner, tier }) => nowLoaded(by.url, capabilityOf(runner, tier)),
      });
    },
    close: () => Promise.resolve(),
  };
}

/** What it has now; while it sleeps, what it had. */
async function foundAt(
  client: ComfyClient,
  runners: readonly Runner[],
  { hardware, comfyuiAsleep, signal }: RunnersOptions,
): Promise<ComfyFound | string> {
  const before = lastFound.get(client.url);
  if (comfyuiAsleep && before) return before;
  const found = await probeComfyUi(client, runners, hardware.gpus, signal);
  if (typeof found !== "string") lastFound.set(client.url, found);
  return found;
}

interface SlotFound {
  slot: string;
  facts: SlotFacts;
}

/** A slot for each card and one for the CPU; ComfyUI works on one of them. */
function slotsOf(
  { hardware, comfyui }: RunnersOptions,
  found: ComfyFound | string,
  noBuiltin: string | null,
  containers: ReadonlyMap<string, ContainerFound>,
): SlotFound[] {
  const { ramMb, diskFreeMb } = hardware;
  const device = typeof found === "string" ? null : found.device;
  const facts = (at: number | "cpu", name: string, vramMb: number | null): SlotFacts => ({
    name,
    vramMb,
    ramMb,
    diskFreeMb,
    comfyui: typeof found !== "string" && device === at ? found.facts : null,
    noComfyui: typeof found === "string" ? found : `the one at ${comfyui} works on another device.`,
    builtin: at === "cpu",
    noBuiltin,
    containers: new Map(
      [...containers].flatMap(([runner, { slot, found }]) =>
        slot === slotName(at) ? [[runner, typeof found === "string" ? found : found.facts]] : []
      ),
    ),
  });
  const cards = hardware.gpus.map((gpu) => ({
    slot: slotName(gpu.index),
    facts: facts(
      gpu.index,
      gpu.name,
      gpu.vramTotalMb ?? (typeof found !== "string" && device === gpu.index ? found.vramMb : null),
    ),
  }));
  return [...cards, { slot: "cpu", facts: facts("cpu", "CPU", 0) }];
}

function asSlot(slot: string, facts: SlotFacts, able: Abilities): z.infer<typeof Slot> {
  return {
    slot,
    name: facts.name.slice(0, 120),
    vram_mb: Math.max(0, Math.round(facts.vramMb ?? 0)),
    capabilities: able.capabilities,
  };
}

/** Of each capability that no slot has, the reason of the slot that comes closest. */
function cannotOf(runners: Runner[], slots: { able: Abilities }[], can: Set<string>): Runners["cannot"] {
  const hidden = new Set(
    runners.filter(({ manifest }) => manifest.self_test).map(({ manifest }) => manifest.id),
  );
  const closest = new Map<string, Runners["cannot"][number]>();
  for (const { able } of slots) {
    for (const reason of able.cannot) {
      if (can.has(reason.capability) || hidden.has(reason.capability.split("@")[0]!)) continue;
      const before = closest.get(reason.capability);
      if (!before || REASONS.indexOf(reason.reason) > REASONS.indexOf(before.reason)) {
        closest.set(reason.capability, reason);
      }
    }
  }
  return [...closest.values()];
}

/** The further down, the closer to being able. */
const REASONS = ["tools", "comfyui", "vram", "ram", "disk", "nodes", "models"];

import { join } from "@std/path";
import { type Managed, openManaged } from "../comfyui/managed/supervisor.ts";
import { createComfyClient } from "../comfyui/mod.ts";
import type { ContainerDoor } from "../lease/executor.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { nameOf, SCRATCH_MB } from "./command_line.ts";
import { COMFYUI, type ContainerConfig, type Tool, urlOf } from "./config.ts";
import { containerProgram, socketFolder, socketPath } from "./program.ts";
import { openRelay } from "./relay.ts";
import { removeLeftovers } from "./tool.ts";

export interface KeepOptions {
  dataDir: string;
  /** The agent's id at its studio: its containers are labelled with it. */
  agent: string;
  /** MiB of this machine. */
  ramMb: number;
  runners: readonly RunnerManifest[];
  say(sentence: string): void;
  /** Milliseconds without work after which one is stopped; null: never. */
  idleMs(): number | null;
  checkMs?: number;
  hangMs?: number;
}

export interface Kept extends AsyncDisposable {
  /** Dispatches `change` when one comes up or goes down. */
  changed: EventTarget;
  /** ComfyUI itself in a container; null: that is elsewhere. */
  comfyui: Managed | null;
  /** By runner. */
  doors: ReadonlyMap<string, ContainerDoor>;
  /** Asks those that are up for their graphics memory. */
  free(): Promise<void>;
}

/** What a container leaves to the machine, MiB. */
const FOR_OTHERS_MB = 2048;

/** Starts the containers that the owner agreed to, and looks after them until the agent's end. */
export function keepContainers(configs: readonly ContainerConfig[], options: KeepOptions): Kept {
  const changed = new EventTarget();
  const relays = new Map<string, Deno.TcpListener>();
  const swept = new Map<Tool, Promise<void>>();
  const kept = configs.map((config) => {
    const manifest = options.runners.find(({ id }) => id === config.id);
    const title = config.id === COMFYUI ? "ComfyUI" : manifest?.title ?? config.id;
    const program = containerProgram(config.tool, title, {
      name: nameOf(options.agent, config.id),
      agent: options.agent,
      runner: config.id,
      image: config.image,
      args: manifest?.container?.args ?? [],
      sockets: socketFolder(options.dataDir, config.id),
      models: config.models,
      card: config.card,
      memoryMb: memoryFor(manifest, options.ramMb),
    });
    const managed = openManaged({
      program: {
        ...program,
        async start() {
          await sweepOnce(config.tool);
          if (!relays.has(config.id)) {
            relays.set(config.id, openRelay(config.port, socketPath(options.dataDir, config.id)));
          }
          return await program.start();
        },
      },
      url: urlOf(config),
      logPath: join(options.dataDir, `container-${config.id}.log`),
      say: options.say,
      idleMs: options.idleMs,
      ...(options.checkMs ? { checkMs: options.checkMs } : {}),
      ...(options.hangMs ? { hangMs: options.hangMs } : {}),
    });
    managed.changed.addEventListener("change", () => changed.dispatchEvent(new Event("change")));
    return { config, managed };
  });

  /** Once, before the first of that tool is started: what an agent that was killed has left. */
  function sweepOnce(tool: Tool): Promise<void> {
    const sweep = swept.get(tool) ?? removeLeftovers(tool, options.agent).then((count) => {
      if (count > 0) {
        options.say(`${count} ${count === 1 ? "container" : "containers"} of an earlier run removed.`);
      }
    });
    swept.set(tool, sweep);
    return sweep.catch((error) => {
      swept.delete(tool);
      throw error;
    });
  }

  return {
    changed,
    comfyui: kept.find(({ config }) => config.id === COMFYUI)?.managed ?? null,
    doors: new Map(
      kept.filter(({ config }) => config.id !== COMFYUI).map(({ config, managed }) => [config.id, {
        url: urlOf(config),
        card: config.card?.index ?? null,
        awake: () => managed.state() === "up",
        hold: managed.hold,
        seen: managed.seen,
      }]),
    ),
    async free() {
      await Promise.all(
        kept.filter(({ managed }) => managed.state() === "up").map(({ config }) =>
          createComfyClient({ url: urlOf(config), timeoutMs: 5_000 }).free().catch(() => {})
        ),
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(kept.map(({ managed }) => managed[Symbol.asyncDispose]()));
      for (const relay of relays.values()) relay.close();
    },
  };
}

/** What the runner asks for and its scratch, but never all that the machine has. ComfyUI gets what there is. */
export function memoryFor(
  manifest: Pick<RunnerManifest, "tiers"> | undefined,
  ramMb: number,
): number {
  const most = Math.max(1024, ramMb - FOR_OTHERS_MB);
  if (!manifest) return most;
  const asked = Math.max(...Object.values(manifest.tiers).map((tier) => tier.ram_mb));
  return Math.min(most, Math.max(2048, asked) + SCRATCH_MB);
}

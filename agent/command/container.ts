import { join } from "@std/path";
import { type AgentConfig, MANAGED_COMFYUI, UsageError, writeConfig } from "../config.ts";
import { COMFYUI, type ContainerConfig, Tool, urlOf } from "../containers/config.ts";
import { AMD_DEVICES } from "../containers/needs.ts";
import { abilitiesOf, hasImage } from "../containers/tool.ts";
import { buildArgs, pullArgs } from "../containers/image.ts";
import { type Card, runArgs } from "../containers/command_line.ts";
import type { Gpu, Hardware } from "../gpu/hardware.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { printable } from "../terminal.ts";
import type { ContainerLine } from "./container_options.ts";

export interface ContainerDoors {
  print(text: string): void;
  config: AgentConfig;
  dataDir: string;
  /** Where the agent's own containers are described: a folder with a Dockerfile for each. */
  containersDir: string;
  /** The runners that come with the agent, and those that its owner installed. */
  own: readonly RunnerManifest[];
  installed: readonly RunnerManifest[];
  hardware(): Promise<Hardware>;
}

/** The first port that is given to one; ComfyUI's own is `MANAGED_COMFYUI`. */
const FIRST_PORT = 8190;
const COMFYUI_IMAGE = { image: "generative-media-studio/comfyui:0.3.64", build: COMFYUI, args: [] };

/** `agent container …`: the owner agrees to a container, sees which there are, or takes it back. */
export async function container(line: ContainerLine, doors: ContainerDoors): Promise<number> {
  switch (line.verb) {
    case "add":
      return await add(line, doors);
    case "remove":
      return remove(line.id, doors);
    case "list":
      return list(doors);
  }
}

async function add(line: ContainerLine, doors: ContainerDoors): Promise<number> {
  const { print, config } = doors;
  const wanted = imageFor(line.id, doors);
  const others = (config.containers ?? []).filter(({ id }) => id !== line.id);
  const models = line.models ?? others.find((each) => each.models !== null)?.models ?? null;
  if (wanted.needsModels && models === null) {
    throw new UsageError(`${line.id} reads model files: name ComfyUI's models folder with --models DIR.`);
  }
  if (models !== null && !isFolder(models)) throw new UsageError(`There is no folder ${models} (--models).`);
  const card = cardFor(line, await doors.hardware());
  const tool = line.tool ?? await whichWorks();
  // Refused here rather than at the first job, where it lacks what keeps a container in.
  const abilities = await abilitiesOf(tool).catch((error) => {
    throw new UsageError(`${tool} does not work here: ${(error as Error).message}`, { cause: error });
  });
  const entry: ContainerConfig = {
    id: line.id,
    tool,
    image: wanted.image,
    port: portFor(line.id, others),
    models,
    card,
    agreed_at: new Date().toISOString(),
  };
  const sample = { name: "x", agent: "x", runner: line.id, args: [], sockets: "/x", memoryMb: 1024 };
  runArgs(tool, { ...sample, image: entry.image, models, card }, abilities);
  print(`${printable(wanted.title)} in a container of ${tool}: ${printable(entry.image)}`);
  print("  no network, no rights, read-only; it gets what follows and nothing else of this machine:");
  print(`  ${card === null ? "no card, it works on the CPU" : `card ${card.index}`}`);
  print(`  ${models === null ? "no models folder" : `${models}, to read`}`);
  const get = wanted.build
    ? buildArgs(entry.image, join(doors.containersDir, wanted.build))
    : await hasImage(tool, entry.image)
    ? null
    : pullArgs(entry.image);
  if (get) {
    print(`$ ${tool} ${get.join(" ")}`);
    const { success } = await new Deno.Command(tool, { args: get, stdin: "null" }).spawn().status;
    if (!success) {
      print(`${tool} could not ${wanted.build ? "build" : "fetch"} it; nothing was changed here.`);
      return 1;
    }
  }
  const { managed, ...rest } = config;
  writeConfig(doors.dataDir, {
    ...rest,
    ...line.id === COMFYUI ? { comfyui: urlOf(entry) } : managed ? { managed } : {},
    containers: [...others, entry],
  });
  print("agent run starts it, stops it when there is nothing to do for a while, and ends it with itself.");
  return 0;
}

function remove(id: string, { print, config, dataDir }: ContainerDoors): number {
  const found = config.containers?.find((each) => each.id === id);
  if (!found) {
    throw new UsageError(`No container was agreed to for "${id}"; agent container list says which were.`);
  }
  writeConfig(dataDir, { ...config, containers: config.containers!.filter((each) => each !== found) });
  print(`${id} is started no more, from the next agent run on.`);
  print(`Its image is left: ${found.tool} rmi ${found.image}`);
  return 0;
}

function list({ print, config, own, installed }: ContainerDoors): number {
  for (const { id, tool, image, models, card, port } of config.containers ?? []) {
    const on = card === null ? "CPU" : `card ${card.index}`;
    print(`${id.padEnd(22)} ${tool}, ${image}, ${on}, models ${models ?? "none"}, port ${port}`);
  }
  const rest = [COMFYUI, ...containerised([...own, ...installed]).map(({ id }) => id)]
    .filter((id) => !config.containers?.some((each) => each.id === id));
  if (rest.length > 0) print(`Not agreed to: ${rest.join(", ")}. agent container add RUNNER sets one up.`);
  return 0;
}

function imageFor(id: string, { own, installed }: ContainerDoors) {
  if (id === COMFYUI) return { ...COMFYUI_IMAGE, title: "ComfyUI", needsModels: true };
  const manifest = [...own, ...installed].find((each) => each.id === id);
  if (!manifest) throw new UsageError(`There is no runner "${id}" here; agent runner list says which are.`);
  const { container } = manifest;
  if (manifest.engine !== "container" || !container) {
    throw new UsageError(`${id} runs in ComfyUI and needs no container of its own.`);
  }
  const build = own.includes(manifest) ? container.build : undefined;
  if (!build && !/@sha256:[0-9a-f]{64}$/.test(container.image)) {
    throw new UsageError(
      `${id} names the image ${container.image} without its digest (NAME@sha256:…), so it could be another one tomorrow. ` +
        "Ask who made the runner for a version that says which.",
    );
  }
  const needsModels = Object.values(manifest.tiers).some((tier) => tier.models.length > 0);
  return { ...container, build, title: manifest.title, needsModels };
}

function containerised(manifests: readonly RunnerManifest[]): RunnerManifest[] {
  return manifests.filter(({ engine }) => engine === "container");
}

async function whichWorks(): Promise<Tool> {
  const why: string[] = [];
  for (const tool of Tool.options) {
    try {
      await abilitiesOf(tool);
      return tool;
    } catch (error) {
      why.push((error as Error).message);
    }
  }
  throw new UsageError(`Neither docker nor podman works here. ${why.join(". ")}.`);
}

function cardFor({ gpu }: ContainerLine, { gpus }: Hardware): Card | null {
  if (gpu === "none") return null;
  const largest = gpus.toSorted((a, b) => (b.vramTotalMb ?? 0) - (a.vramTotalMb ?? 0))[0];
  const card = gpu === null ? largest : gpus.find(({ index }) => index === gpu);
  if (!card) {
    throw new UsageError(
      gpu === null
        ? "No card was found here; --gpu none lets it work on the CPU."
        : `There is no card ${gpu} here; agent doctor shows which there are.`,
    );
  }
  const maker = makerOf(card);
  return { maker, index: card.index, groups: maker === "amd" ? groupsOf(AMD_DEVICES) : [] };
}

function makerOf(card: Gpu): Card["maker"] {
  if (card.source === "rocm-smi") return "amd";
  return card.source === "nvidia-smi" || /nvidia|geforce|quadro|tesla/i.test(card.name) ? "nvidia" : "amd";
}

function groupsOf(devices: readonly string[]): number[] {
  const groups = devices.flatMap((path) => {
    try {
      return Deno.statSync(path).gid ?? [];
    } catch {
      return [];
    }
  });
  return [...new Set(groups)];
}

function portFor(id: string, others: readonly ContainerConfig[]): number {
  if (id === COMFYUI) return Number(new URL(MANAGED_COMFYUI).port);
  for (let port = FIRST_PORT;; port++) {
    if (!others.some((each) => each.port === port)) return port;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

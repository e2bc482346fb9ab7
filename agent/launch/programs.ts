import { join } from "@std/path";
import { foldersOf } from "../command/runner_options.ts";
import type { CommandLine } from "../command/options.ts";
import { type AgentConfig, DEFAULT_COMFYUI, MANAGED_COMFYUI, UsageError } from "../config.ts";
import { containerNeeds } from "../containers/needs.ts";
import { modelNeeds } from "../models/needs.ts";
import { chosen } from "../models/choose.ts";
import { sourceHosts } from "../models/sources.ts";
import { downloaderFlags, permissionFlags, updaterFlags } from "../permissions.ts";
import { SPOT_HOST, spotOf } from "../spot.ts";
import { modelsDirOf } from "./models_dir.ts";
import { loadRunners } from "../runners/load.ts";

/** What one launch is about: as typed, as configured, and where things lie. */
export interface Scene {
  line: CommandLine;
  config: AgentConfig | null;
  /** This version's code. */
  code: string;
  /** The ComfyUI that join was told to start. */
  started: { folder: string; python: string } | null;
  /** Programs of TOOLS that are there. */
  tools: readonly string[];
  isThere(tool: string): boolean;
}

/** Deno's flags for the agent itself. */
export function agentFlags({ line, config, code, started, tools, isThere }: Scene): string[] {
  const comfyui = line.comfyui !== undefined
    ? line.comfyui
    : started
    ? MANAGED_COMFYUI
    : config
    ? config.comfyui
    : DEFAULT_COMFYUI;
  const beside = line.runner ? foldersOf(line.runner) : { read: [], write: [] };
  const contained = containerNeeds(line.command, line.dataDir, config?.containers ?? []);
  if (line.container?.models) contained.read.push(line.container.models);
  const models = line.command === "models" ? modelsDirOf({ line, config }) : null;
  const python = started?.python ?? config?.managed?.python;
  const runs = line.command === "run" || line.command === "permissions";
  return permissionFlags({
    gateway: line.gateway ?? config?.gateway ?? null,
    storeOrigins: line.gateway ? [] : config?.store_origins ?? [],
    comfyui,
    net: [...contained.net, ...(runs && spotOf(line, config) ? [SPOT_HOST] : [])],
    dataDir: line.dataDir || code,
    codeDir: code,
    read: [...beside.read, ...contained.read, ...models ? [models] : []],
    write: beside.write,
    tools: [...tools, ...contained.tools.filter(isThere), ...runs && python ? [python] : []],
    page: runs,
    ...(runs ? { settled: settledIn(line.dataDir) } : {}),
  });
}

/**
 * A program that runs strangers' jobs must not choose what it may do tomorrow: which gateway and Python its settings name, and which runners
 * name what is fetched. The token of the models' source is the downloader's alone.
 */
function settledIn(dataDir: string): { write: string[]; read: string[] } {
  const own = (names: string[]) => names.map((name) => join(dataDir, name));
  return { write: own(["agent.json", "runners", "hf_token"]), read: own(["hf_token"]) };
}

/**
 * Flags of the downloader for these files (names as `agent models get` takes them; none: whatever the agent's own runners need). The
 * hosts are those of the runners that came with the agent, and those that whoever starts it has named: a runner that was installed later
 * opens no door by itself.
 */
export async function downloadFlags(scene: Scene, words: readonly string[]): Promise<string[]> {
  const { line, code, tools } = scene;
  const modelsDir = modelsDirOf(scene);
  if (modelsDir === null) throw new UsageError(NO_MODELS_DIR);
  const { runners } = await loadRunners(runnersDirOf(code));
  const all = modelNeeds(runners, [], () => null);
  const known = words.filter((word) => isKnown(word));
  const files = words.length === 0 ? all : chosen(all, known);
  return downloaderFlags({
    hosts: sourceHosts(files.flatMap(({ url }) => url ?? []), line.models.hosts),
    dataDir: line.dataDir,
    codeDir: code,
    modelsDir,
    tools,
  });

  function isKnown(word: string): boolean {
    try {
      return chosen(all, [word]).length > 0;
    } catch {
      // One of an installed runner: the downloader itself says what it thinks of it.
      return false;
    }
  }
}

export const NO_MODELS_DIR =
  "Where ComfyUI's models lie is not known: name the folder with --models DIR (at join it is kept).";

export function runnersDirOf(code: string): string {
  return join(code, "agent", "runners");
}

/** What the downloader is told. */
export function downloadArgs(scene: Scene, what: { words: readonly string[] } | "wanted"): string[] {
  const { line, code } = scene;
  return [
    "--data",
    line.dataDir,
    "--models",
    modelsDirOf(scene) ?? "",
    "--runners",
    runnersDirOf(code),
    ...(what === "wanted" ? ["--wanted"] : [
      ...line.models.accept.flatMap((licence) => ["--accept", licence]),
      ...line.models.now ? ["--now"] : [],
      ...line.models.changed ? ["--changed"] : [],
      "--",
      ...what.words,
    ]),
  ];
}

export function updateFlags({ line, config, code }: Scene, versions: string): string[] {
  return updaterFlags({ gateway: config!.gateway, dataDir: line.dataDir, codeDir: code, versions });
}

export function updateArgs({ line, config }: Scene, versions: string, digest: string): string[] {
  return ["--gateway", config!.gateway, "--digest", digest, "--versions", versions, "--data", line.dataDir];
}

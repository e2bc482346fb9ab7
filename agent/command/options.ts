import { parseArgs } from "node:util";
import { resolve } from "@std/path";
import { type ContainerLine, parseContainerLine } from "./container_options.ts";
import { parseRunnerLine, type RunnerLine } from "./runner_options.ts";
import { Tag } from "../../shared/agents/protocol.ts";
import { type Cloud, CLOUDS } from "../spot.ts";
import { defaultDataDir, isLoopback, parseComfyUi, parseGateway, UsageError } from "../config.ts";

export const HELP = `Generative Media Studio: the agent that lends this machine to a studio.

  agent join <gateway> <code>   register here; the code comes from the studio's fleet page
  agent run                     take jobs until stopped (Ctrl-C: finish, twice: hand back and stop)
  agent doctor                  what this machine can and cannot run, why, and what would change it
  agent pause                   hand back what runs and take nothing; --after-job: finish it first
  agent resume                  take jobs again, as the rules in policy.json allow
  agent history                 what was done for whom, and totals by month
  agent page                    the address of this machine's own page: what it does, hours, games, models
  agent models                  which model files are here, which are missing, and what each would open up
  agent models get X            fetches a file, or all that a runner needs (flux-image, flux-image@low)
  agent update                  agrees to the gateway's version of the agent, where the rules say to ask
  agent permissions             what the agent and its helpers may do, as they are started
  agent status                  is the gateway there, what runs now, what was done today
  agent runner list             which Function Runners are here
  agent runner install X        takes one: a pack (.zip), its folder, or the id of one that the studio has
  agent container add X         lets it start a container for runner X, or for ComfyUI itself (X: comfyui)
  agent container list|remove   which there are; takes one back
  agent runner new|check|pack   makes one from a graph that ComfyUI exported; see agent/runners/README.md

Options
  --data DIR            where token, work and history lie (or AGENT_DATA)
  --name NAME           join: how the studio calls this machine; its host name by default
  --comfyui URL|none    ComfyUI's address; http://127.0.0.1:8188 by default
  --start-comfyui DIR   join: start the ComfyUI in DIR (where its main.py lies) and look after it, at
                        http://127.0.0.1:8189 or what --comfyui says
  --python FILE         join: the Python for it; the one in its venv by default
  --models DIR          join, models: ComfyUI's models folder, where the agent does not start it itself;
                        container add: the one that the container may read
  --model-host HOST     run, models: a further host that models may be fetched from; can be said again
  --accept LICENCE      models get: agrees to a licence, by its name; can be said again
  --changed             models get: a file whose source states no hash may be another than the first time
  --now                 models get: also outside the hours; a game still has the line to itself
  --gpu N|none          container add: the card it gets; the one with the most memory by default
  --with TOOL           container add: docker or podman; whichever works by default
  --tag TAG[,TAG]       join, run: words by which the studio's work chooses this machine (4090,studio-b)
  --spot CLOUD          join, run: this is a spot machine of aws, gcp or azure: asks it every 5 s whether it takes the
                        machine back, and hands back in time; none: does not ask
  --allow-http          accept a gateway by plain http beyond this machine
  --drain-seconds N     run: how long running jobs may take after the first Ctrl-C or SIGTERM; 600
  --trial-seconds N     run: how long a new version of the agent has until it must have registered; 300
  --min-disk-mb N       run: take no job with less free disk, MiB; 2048
  --after-job           pause: finish what runs first
  --graph FILE          runner new: what ComfyUI saved with Workflow, Export (API)
  --input N.INPUT=NAME  runner new: artists give this value of node N under NAME too (or, without NAME, do not); again and again
  --serves KIND         runner new: shot, generate_image, edit_image or kontext
  --tier TIER           runner new: low, standard or high
  --sha256 DIGEST       runner install: take it only if it is this
  --accept-risks        runner install: also when its graph runs programs of others, or reads this machine's files
  --help                this text

Start it with "sh agent.sh <command>" (Windows: .\\agent.cmd), or in the studio's repository with "deno task agent <command>".
`;

const COMMANDS = [
  "join",
  "run",
  "doctor",
  "pause",
  "resume",
  "history",
  "page",
  "models",
  "update",
  "permissions",
  "status",
  "runner",
  "container",
  "help",
] as const;
export type Command = typeof COMMANDS[number];

export interface CommandLine {
  command: Command;
  gateway: string | null;
  code: string | null;
  name: string | null;
  /** undefined: as configured, else the default. */
  comfyui: string | null | undefined;
  /** ComfyUI's folder, and the Python for it: as typed; the launcher makes both absolute. */
  startComfyui: string | null;
  python: string | null;
  dataDir: string;
  allowHttp: boolean;
  drainSeconds: number;
  minDiskMb: number;
  /** null: as configured. */
  tags: string[] | null;
  /** undefined: as configured; null: none. */
  spot: Cloud | null | undefined;
  /** pause: what runs is finished first. */
  afterJob: boolean;
  /** What follows `agent runner`. */
  runner: RunnerLine | null;
  models: ModelsLine;
  update: UpdateLine;
  /** What follows `agent container`. */
  container: ContainerLine | null;
  /** Started by launch.ts, whose end is told by the end of stdin. */
  launched: boolean;
}

export interface ModelsLine {
  /** `agent models get`: files or runners; null: the list. */
  get: string[] | null;
  /** Absolute; null: as configured. */
  dir: string | null;
  hosts: string[];
  accept: string[];
  now: boolean;
  changed: boolean;
}

/** Mostly said by one launcher to another, and to the agent (agent/launch). */
export interface UpdateLine {
  trialSeconds: number;
  /** Folder of the versions, where this launcher runs one of them. */
  versions: string | null;
  /** Which version this is, where it may be updated; else null. */
  digest: string | null;
  /** Versions that did not start here, or are not begun with today. */
  refused: string[];
}

/**
 * Throws UsageError with a sentence. `INIT_CWD` is where the person stood when `deno task`, which works in the
 * repository's root, was called: a relative --data means there.
 */
export function parseCommandLine(
  args: readonly string[],
  env: Record<string, string | undefined>,
): CommandLine {
  const { values, positionals } = parsed(args);
  const named = values.help ? "help" : positionals[0] ?? "help";
  const command = COMMANDS.find((known) => known === named);
  if (!command) {
    throw new UsageError(`There is no command "${named}". Try: ${COMMANDS.join(", ")}.`);
  }
  const rest = positionals.slice(1);
  if (command === "join" && rest.length !== 2) {
    throw new UsageError(
      "join needs the gateway's address and a code: agent join https://studio.example ABCD-EFGH",
    );
  }
  if (command === "models" && rest.length > 0 && (rest[0] !== "get" || rest.length < 2)) {
    throw new UsageError("It goes: agent models, or agent models get FILE|RUNNER …");
  }
  if (!["join", "help", "runner", "container", "models"].includes(command) && rest.length > 0) {
    throw new UsageError(`${command} takes no "${rest[0]}". See --help.`);
  }
  if (command !== "join" && values["start-comfyui"] !== undefined) {
    throw new UsageError("--start-comfyui is said once, to agent join.");
  }
  if (values["start-comfyui"] !== undefined && values.comfyui !== undefined) {
    const url = parseComfyUi(values.comfyui);
    if (url === null || !isLoopback(new URL(url).hostname)) {
      throw new UsageError(
        "A ComfyUI that the agent starts listens on this machine alone: --comfyui http://127.0.0.1:PORT",
      );
    }
  }
  if (values.name !== undefined && !(values.name.trim().length >= 1 && values.name.trim().length <= 60)) {
    throw new UsageError("--name must be 1 to 60 characters.");
  }
  return {
    command,
    gateway: command === "join" ? parseGateway(rest[0]!, { allowHttp: values["allow-http"] }) : null,
    code: command === "join" ? rest[1]! : null,
    name: values.name?.trim() ?? null,
    startComfyui: values["start-comfyui"] ?? null,
    python: values.python ?? null,
    comfyui: values.comfyui === undefined ? undefined : parseComfyUi(values.comfyui),
    dataDir: command === "help" ? "" : resolve(env.INIT_CWD ?? ".", values.data ?? defaultDataDir(env)),
    allowHttp: values["allow-http"],
    drainSeconds: number("--drain-seconds", values["drain-seconds"], 600),
    minDiskMb: number("--min-disk-mb", values["min-disk-mb"], 2048),
    tags: values.tag.length ? values.tag.flatMap(tagsIn) : null,
    spot: values.spot === undefined ? undefined : cloudOf(values.spot),
    afterJob: values["after-job"],
    runner: command === "runner"
      ? parseRunnerLine(rest, values, values.cwd ?? env.INIT_CWD ?? Deno.cwd())
      : null,
    models: {
      get: command === "models" && rest.length > 0 ? rest.slice(1) : null,
      dir: values.models === undefined ? null : resolve(env.INIT_CWD ?? ".", values.models),
      hosts: values["model-host"].map(hostName),
      accept: values.accept,
      now: values.now,
      changed: values.changed,
    },
    update: {
      trialSeconds: number("--trial-seconds", values["trial-seconds"], 300),
      versions: values.versions ?? null,
      digest: values.digest ?? null,
      refused: values.refused?.split(",").filter(Boolean) ?? [],
    },
    container: command === "container"
      ? parseContainerLine(rest, values, values.cwd ?? env.INIT_CWD ?? Deno.cwd())
      : null,
    launched: values.launched,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        data: { type: "string" },
        name: { type: "string" },
        comfyui: { type: "string" },
        "start-comfyui": { type: "string" },
        python: { type: "string" },
        "allow-http": { type: "boolean", default: false },
        "drain-seconds": { type: "string" },
        "min-disk-mb": { type: "string" },
        tag: { type: "string", multiple: true, default: [] },
        spot: { type: "string" },
        "after-job": { type: "boolean", default: false },
        graph: { type: "string" },
        input: { type: "string", multiple: true },
        serves: { type: "string" },
        tier: { type: "string" },
        sha256: { type: "string" },
        models: { type: "string" },
        "model-host": { type: "string", multiple: true, default: [] },
        accept: { type: "string", multiple: true, default: [] },
        now: { type: "boolean", default: false },
        changed: { type: "boolean", default: false },
        "trial-seconds": { type: "string" },
        // Said by a launcher.
        versions: { type: "string" },
        digest: { type: "string" },
        refused: { type: "string" },
        "accept-risks": { type: "boolean", default: false },
        gpu: { type: "string" },
        with: { type: "string" },
        // Said by the launcher, whose child may not ask where it is.
        cwd: { type: "string" },
        launched: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(`${(cause as Error).message.split(". ")[0]}. See --help.`, { cause });
  }
}

function tagsIn(text: string): string[] {
  return text.toLowerCase().split(",").map((tag) => tag.trim()).filter(Boolean).map((tag) => {
    if (Tag.safeParse(tag).success) return tag;
    throw new UsageError(
      `--tag "${tag}" is no tag: up to 40 letters, digits, dots, underscores and hyphens, like 4090 or studio-b.`,
    );
  });
}

function cloudOf(text: string): Cloud | null {
  if (text === "none") return null;
  const cloud = CLOUDS.find((known) => known === text);
  if (!cloud) throw new UsageError(`--spot must be ${CLOUDS.join(", ")} or none, not "${text}".`);
  return cloud;
}

function hostName(text: string): string {
  if (!/^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(text)) {
    throw new UsageError(`--model-host "${text}" is no host, like models.example`);
  }
  return text.toLowerCase();
}

function number(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 1e9) {
    throw new UsageError(`${name} must be a number, not "${text}".`);
  }
  return value;
}

import type { Tool } from "./config.ts";

/** What a container is started with. Pure: the command lines are tested to the letter. */

/** What the container's server must write its socket to: `STUDIO_SOCKET`. The folder is mounted from the agent's. */
export const SOCKET_FOLDER = "/run/studio";
export const SOCKET_NAME = "comfyui.sock";
const MODELS = "/models";
/** An account that no image gives rights to. */
const NOBODY = "10001:10001";
/** MiB of scratch in memory: uploads and takes lie there, the root is read-only. Counts as the container's memory. */
export const SCRATCH_MB = 4096;

/** Found again after a crash by these. */
export const AGENT_LABEL = "generative-media-studio.agent";
export const RUNNER_LABEL = "generative-media-studio.runner";

export interface Card {
  maker: "nvidia" | "amd";
  /** The driver's number. */
  index: number;
  /** AMD: the groups that may open its device files, by number, as the image need not know their names. */
  groups: number[];
}

export interface Container {
  name: string;
  /** The agent's id at its studio, and the runner's. */
  agent: string;
  runner: string;
  image: string;
  /** What follows the image's name. */
  args: readonly string[];
  /** Folder on this machine for the socket. */
  sockets: string;
  /** ComfyUI's models folder on this machine; null: the image needs none. */
  models: string | null;
  /** null: it works on the CPU. */
  card: Card | null;
  /** MiB that it may take at most. */
  memoryMb: number;
}

/** What this docker or podman knows, and how it runs here. */
export interface Abilities {
  /** Flags that `run --help` lists. */
  flags: ReadonlySet<string>;
  /** SELinux keeps containers from folders that are not labelled for them. */
  selinux: boolean;
  /** Containers run with the rights of the one who started them, not of root. */
  rootless: boolean;
}

/** What keeps a container in: one that is not known is no reason to go without it. */
const NEEDED = [
  "--name",
  "--label",
  "--network",
  "--read-only",
  "--cap-drop",
  "--security-opt",
  "--user",
  "--memory",
  "--mount",
  "--tmpfs",
  "--env",
];

/**
 * The arguments of `docker` or `podman`. No network at all, not even to this machine: the server in it writes a Unix socket into a
 * mounted folder, and the agent answers for it on a loopback port (relay.ts). Published ports need a network with a way
 * out, or work only with some versions when it has none. Throws with a sentence where the tool lacks what keeps a container in.
 */
export function runArgs(tool: Tool, container: Container, { flags, selinux, rootless }: Abilities): string[] {
  const lacking = [...NEEDED, ...cardFlags(tool, container.card, rootless).map(([flag]) => flag)]
    .filter((flag) => !flags.has(flag));
  if (lacking.length > 0) throw new Error(`this ${tool} knows no ${lacking[0]}; update it`);
  const known = (...args: [string, ...string[]]) => flags.has(args[0]) ? args : [];
  return [
    "run",
    "--rm",
    "--name",
    container.name,
    "--label",
    `${AGENT_LABEL}=${container.agent}`,
    "--label",
    `${RUNNER_LABEL}=${container.runner}`,
    // Fetching is the owner's to say, once, with agent container add.
    ...known("--pull", "never"),
    "--network",
    "none",
    "--read-only",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    ...selinux ? ["--security-opt", "label=disable"] : [],
    "--user",
    NOBODY,
    "--memory",
    `${container.memoryMb}m`,
    ...known("--memory-swap", `${container.memoryMb}m`),
    ...known("--pids-limit", "4096"),
    // PyTorch's loaders share tensors there; 64 MB by default.
    ...known("--shm-size", "1g"),
    "--tmpfs",
    `/tmp:rw,nosuid,nodev,size=${SCRATCH_MB}m,mode=1777`,
    "--mount",
    mount(container.sockets, SOCKET_FOLDER, false),
    ...container.models === null ? [] : ["--mount", mount(container.models, MODELS, true)],
    ...cardFlags(tool, container.card, rootless).flat(),
    "--env",
    `STUDIO_SOCKET=${SOCKET_FOLDER}/${SOCKET_NAME}`,
    "--env",
    "HOME=/tmp",
    ...container.models === null ? [] : ["--env", `STUDIO_MODELS=${MODELS}`],
    container.image,
    ...container.args,
  ];
}

function cardFlags(tool: Tool, card: Card | null, rootless: boolean): [string, ...string[]][] {
  if (card === null) return [];
  if (card.maker === "nvidia") {
    return tool === "docker"
      ? [["--gpus", `device=${card.index}`]]
      // The Container Device Interface, which `nvidia-ctk cdi generate` writes.
      : [["--device", `nvidia.com/gpu=${card.index}`]];
  }
  const groups = tool === "podman" && rootless
    // Without it the groups of who started it are not in the container's namespace.
    ? [["--group-add", "keep-groups"] as [string, string]]
    : card.groups.map((group): [string, string] => ["--group-add", String(group)]);
  return [["--device", "/dev/kfd"], ["--device", "/dev/dri"], ...groups, [
    "--env",
    `HIP_VISIBLE_DEVICES=${card.index}`,
  ]];
}

/** A comma parts the fields, and these tools know no way to write one inside a field but CSV's quotes. */
function mount(source: string, target: string, readonly: boolean): string {
  const field = `source=${source}`;
  const quoted = /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  return `type=bind,${quoted},target=${target}${readonly ? ",readonly" : ""}`;
}

/** Those of this agent that are there, running or not. */
export function listArgs(agent: string): string[] {
  return ["ps", "--all", "--quiet", "--filter", `label=${AGENT_LABEL}=${agent}`];
}

/** At once: podman would give each ten seconds first. */
export function removeArgs(tool: Tool, names: readonly string[]): string[] {
  return ["rm", "--force", ...tool === "podman" ? ["--time", "0"] : [], ...names];
}

export function stopArgs(name: string, seconds: number): string[] {
  return ["stop", "-t", String(seconds), name];
}

/** Two agents of one machine have names of their own. */
export function nameOf(agent: string, runner: string): string {
  return `studio-${runner}-${agent.replaceAll("-", "").slice(-12)}`;
}

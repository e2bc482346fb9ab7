import { netHosts } from "../permissions.ts";
import { type ContainerConfig, Tool, urlOf } from "./config.ts";
import { socketPath } from "./program.ts";

/** What the agent must be allowed for its containers, beside everything else. */
export interface ContainerNeeds {
  /** For `--allow-net`. */
  net: string[];
  /** Programs. */
  tools: string[];
  read: string[];
}

/** AMD's device files: which groups may open them is asked when a container is agreed to. */
export const AMD_DEVICES = ["/dev/kfd", "/dev/dri/renderD128"];

/** By command: `run` starts them, `container` gets their images, `doctor` asks those that run. */
export function containerNeeds(
  command: string,
  dataDir: string,
  containers: readonly ContainerConfig[],
): ContainerNeeds {
  if (command === "container") return { net: [], tools: [...Tool.options], read: AMD_DEVICES };
  if (command !== "run" && command !== "permissions" && command !== "doctor") {
    return { net: [], tools: [], read: [] };
  }
  const ports = containers.flatMap((each) => netHosts(urlOf(each)));
  if (command === "doctor") return { net: ports, tools: [], read: [] };
  return {
    net: [...ports, ...containers.map(({ id }) => `unix:${socketPath(dataDir, id)}`)],
    tools: [...new Set(containers.map(({ tool }) => tool))],
    read: [],
  };
}

import { join } from "@std/path";
import { endProcess } from "../comfyui/managed/own_process.ts";
import type { Program } from "../comfyui/managed/program.ts";
import {
  type Abilities,
  type Container,
  removeArgs,
  runArgs,
  SOCKET_NAME,
  stopArgs,
} from "./command_line.ts";
import type { Tool } from "./config.ts";
import { abilitiesOf, ask, hasImage } from "./tool.ts";

/** Seconds between SIGTERM and SIGKILL in a container. */
const STOP_S = 8;
/** Bytes: what a Unix socket's address holds. */
const LONGEST_ADDRESS = 104;

/** Where the container of a runner puts its socket: below the agent's own folder, which nobody else may enter. */
export function socketFolder(dataDir: string, id: string): string {
  return join(dataDir, "sock", id);
}

export function socketPath(dataDir: string, id: string): string {
  return join(socketFolder(dataDir, id), SOCKET_NAME);
}

/** A container as something that is started, watched and ended like ComfyUI's own process. */
export function containerProgram(tool: Tool, title: string, container: Container): Program {
  let abilities: Abilities | null = null;
  return {
    name: `The container of ${title}`,
    mayUseAnother: false,
    async start() {
      abilities ??= await abilitiesOf(tool);
      if (!await hasImage(tool, container.image)) {
        throw new Error(
          `the image ${container.image} is not here any more; agent container add ${container.runner} gets it again`,
        );
      }
      const args = runArgs(tool, container, abilities);
      freshFolder(container.sockets);
      // One of that name is a leftover: of an agent that was killed, or of a start that was cut off.
      await ask(tool, removeArgs(tool, [container.name])).catch(() => {});
      const process = new Deno.Command(tool, { args, stdin: "null", stdout: "piped", stderr: "piped" })
        .spawn();
      return { process, stop: (hangs) => stop(tool, container.name, process, hangs ? 0 : STOP_S) };
    },
  };
}

/** The client hands signals on; a container that hangs is killed by its runtime, and one that was left is removed. */
async function stop(
  tool: Tool,
  name: string,
  process: Deno.ChildProcess,
  graceS: number,
): Promise<void> {
  await ask(tool, stopArgs(name, graceS), (graceS + 30) * 1000).catch(() => {});
  await ask(tool, removeArgs(tool, [name])).catch(() => {});
  await endProcess(process, 5_000);
}

/** The container's account is another than ours, so the folder is open to all; the one around it is ours alone. */
function freshFolder(folder: string): void {
  if (join(folder, SOCKET_NAME).length > LONGEST_ADDRESS) {
    throw new Error(
      `${folder} is too long a path for a socket; give the agent a folder with a shorter one (--data)`,
    );
  }
  Deno.mkdirSync(join(folder, ".."), { recursive: true, mode: 0o700 });
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
  Deno.mkdirSync(folder);
  Deno.chmodSync(folder, 0o777);
}

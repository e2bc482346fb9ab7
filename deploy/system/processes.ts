import { join } from "@std/path";
import { permissionFlags, TOOLS } from "../../agent/permissions.ts";
import { onPath } from "../setup/programs.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** The gateway with the permissions that it has in a deployment. */
export const GATEWAY = [
  "run",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
  "gateway/main.ts",
];

export interface Joining {
  /** Where the agent finds its gateway, and where files lie. */
  gateway: string;
  storeOrigins: string[];
  code: string;
  name: string;
  folder: string;
  env?: Record<string, string>;
  /** Of `agent join`. */
  args?: string[];
}

/** Joins a new agent; the process that runs it is not started yet. */
export async function joinAgent(
  { gateway, storeOrigins, code, name, folder, env = {}, args = [] }: Joining,
): Promise<Process> {
  // Straight to main.ts with the launcher's permissions: a signal must hit the agent itself.
  const flags = permissionFlags({
    gateway,
    storeOrigins,
    comfyui: args.includes("--comfyui") ? args[args.indexOf("--comfyui") + 1]! : null,
    dataDir: folder,
    codeDir: ROOT,
    tools: TOOLS.filter((tool) => onPath(tool) || env.PATH),
    page: true,
  });
  const main = ["run", ...flags, "agent/main.ts"];
  const comfyui = args.includes("--comfyui") ? [] : ["--comfyui", "none"];
  const joining = openProcess([
    ...main,
    "join",
    gateway,
    code,
    "--name",
    name,
    "--data",
    folder,
    ...comfyui,
    ...args,
  ], env);
  joining.start();
  if (await joining.ended() !== 0) throw new Error(`${name} could not join:\n${joining.output()}`);
  return openProcess([...main, "run", "--data", folder], env);
}

/** A program of this checkout, which can be killed and started again. */
export interface Process {
  start(): void;
  /** Until it has ended. */
  kill(signal: Deno.Signal): Promise<void>;
  /** Sends a signal and goes on. */
  tell(signal: Deno.Signal): void;
  ended(): Promise<number>;
  /** Null when it does not run. */
  pid(): number | null;
  /** Everything it printed, over all its starts. */
  output(): string;
}

/** @param args Of `deno`, `run` first. @param root The checkout that it is run from. */
export function openProcess(args: string[], env: Record<string, string>, root = ROOT): Process {
  let child: Deno.ChildProcess | null = null;
  let text = "";
  let reading: Promise<unknown> = Promise.resolve();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (
      const piece of stream.pipeThrough(
        new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>,
      )
    ) text += piece;
  };
  return {
    start() {
      // Children beside others must not lay node_modules anew.
      child = new Deno.Command(Deno.execPath(), {
        args: [args[0]!, "--no-check", ...args.slice(1)],
        cwd: root,
        env,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      reading = Promise.all([read(child.stdout), read(child.stderr)]);
    },
    async kill(signal) {
      if (!child) return;
      try {
        child.kill(signal);
      } catch {
        // It has ended already.
      }
      await child.status;
      await reading;
      child = null;
    },
    tell: (signal) => child?.kill(signal),
    async ended() {
      const { code } = await child!.status;
      await reading;
      child = null;
      return code;
    },
    pid: () => child?.pid ?? null,
    output: () => text,
  };
}

import { delimiter, dirname, join } from "@std/path";
import { parseCommandLine } from "./command/options.ts";
import { foldersOf } from "./command/runner_options.ts";
import { containerNeeds } from "./containers/needs.ts";
import { findComfyUi } from "./comfyui/managed/find_python.ts";
import { DEFAULT_COMFYUI, MANAGED_COMFYUI, readConfig, UsageError } from "./config.ts";
import { permissionFlags, TOOLS } from "./permissions.ts";

/**
 * What `deno task agent` starts: works out what this agent may do (permissions.ts) and runs main.ts with exactly that.
 * Signals are handed on, and the agent's exit code is this program's.
 */
const RESTART_EXIT = 75;
/** A session that asks for new permissions again and again is a gateway that changes its mind: stop after so many. */
const MAX_RESTARTS = 5;

const code = dirname(import.meta.dirname!);

async function launch(args: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  const line = parseCommandLine(args, env);
  const started = line.startComfyui === null ? null : findComfyUi(line.startComfyui, {
    python: line.python,
    path: env.PATH ?? "",
    cwd: env.INIT_CWD ?? Deno.cwd(),
  });
  for (let restarts = 0;; restarts++) {
    const config = line.dataDir ? readConfig(line.dataDir) : null;
    const comfyui = line.comfyui !== undefined
      ? line.comfyui
      : started
      ? MANAGED_COMFYUI
      : config
      ? config.comfyui
      : DEFAULT_COMFYUI;
    const beside = line.runner ? foldersOf(line.runner) : { read: [], write: [] };
    const python = started?.python ?? config?.managed?.python;
    const contained = containerNeeds(line.command, line.dataDir, config?.containers ?? []);
    if (line.container?.models) contained.read.push(line.container.models);
    const flags = permissionFlags({
      gateway: line.gateway ?? config?.gateway ?? null,
      storeOrigins: line.gateway ? [] : config?.store_origins ?? [],
      comfyui,
      net: contained.net,
      dataDir: line.dataDir || code,
      codeDir: code,
      read: [...beside.read, ...contained.read],
      write: beside.write,
      tools: [
        ...[...TOOLS, ...contained.tools].filter((tool) => isThere(tool, env.PATH ?? "")),
        ...line.command === "run" && python ? [python] : [],
      ],
    });
    // The folder as this process understood it: the agent is started elsewhere.
    const understood = [
      ...line.dataDir ? ["--data", line.dataDir] : [],
      ...line.runner ? ["--cwd", line.runner.cwd] : [],
      ...line.container?.models ? ["--models", line.container.models] : [],
      ...started ? ["--start-comfyui", started.folder, "--python", started.python] : [],
    ];
    const exit = await start(flags, [...args, ...understood], env);
    if (exit !== RESTART_EXIT || restarts >= MAX_RESTARTS) return exit;
  }
}

async function start(flags: string[], args: readonly string[], env: Record<string, string>): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--config",
      join(code, "deno.json"),
      ...(hasNodeModules() ? ["--node-modules-dir=manual"] : []),
      ...flags,
      join(code, "agent", "main.ts"),
      ...args,
      "--launched",
    ],
    // Deno refuses to start any program while a variable that changes how programs are loaded is set.
    clearEnv: true,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !/^(LD|DYLD)_/.test(name))),
    // Never written to: its end tells the agent that this process is gone.
    stdin: "piped",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = signals.map((signal) => {
    const forward = () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended already.
      }
    };
    Deno.addSignalListener(signal, forward);
    return [signal, forward] as const;
  });
  // Whoever started this process and may die without a word holds the other end of stdin (deploy/start).
  if (env.AGENT_PARENT === "stdin") void endOfStdin().then(() => stopNow(child));
  try {
    return (await child.status).code;
  } finally {
    for (const [signal, forward] of handlers) Deno.removeSignalListener(signal, forward);
    await child.stdin.close().catch(() => {});
  }
}

async function endOfStdin(): Promise<void> {
  const piece = new Uint8Array(16);
  while (await Deno.stdin.read(piece).catch(() => null) !== null);
}

/** Twice means now: what runs is handed back. */
async function stopNow(child: Deno.ChildProcess): Promise<void> {
  for (const _ of [1, 2]) {
    try {
      child.kill("SIGTERM");
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
}

/**
 * True when packages lie beside the code: this process has laid them, or whoever installed the agent where it may not write. An agent
 * that its gateway served has none; Deno's own cache holds what it needs.
 */
function hasNodeModules(): boolean {
  try {
    return Deno.statSync(join(code, "node_modules")).isDirectory;
  } catch {
    return false;
  }
}

/** Asked of the file system, because Deno prints a warning for every program it is allowed and cannot find. */
function isThere(tool: string, path: string): boolean {
  const names = Deno.build.os === "windows" ? [`${tool}.exe`] : [tool];
  return path.split(delimiter).filter(Boolean).some((folder) =>
    names.some((name) => {
      try {
        return Deno.statSync(join(folder, name)).isFile;
      } catch {
        return false;
      }
    })
  );
}

if (import.meta.main) {
  try {
    Deno.exit(await launch(Deno.args));
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    Deno.exit(2);
  }
}

import { join as joinPath } from "@std/path";
import { DEFAULT_COMFYUI, readConfig, UsageError } from "./config.ts";
import { container } from "./command/container.ts";
import { doctor } from "./command/doctor.ts";
import { join } from "./command/join.ts";
import { history } from "./command/history.ts";
import { HELP, parseCommandLine } from "./command/options.ts";
import { pause } from "./command/pause.ts";
import { models } from "./command/models.ts";
import { page } from "./command/page.ts";
import { update } from "./command/update.ts";
import { run } from "./command/run.ts";
import { runner } from "./command/runner.ts";
import { status } from "./command/status.ts";
import { createComfyClient } from "./comfyui/mod.ts";
import { createClient, GatewayError } from "./lease/client.ts";
import { restingContainers } from "./containers/doors.ts";
import { createLook, installedRunners } from "./machine.ts";
import { readPolicy } from "./policy/policy.ts";
import { createAssembler, openCache } from "./render/mod.ts";
import { loadRunners } from "./runners/load.ts";
import { openRunners, RUNNERS_DIR } from "./runners/mod.ts";

/** Exit code: 0 well, 1 not, 2 the command line was wrong, 75 start me again (see launch.ts). */
async function main(args: readonly string[]): Promise<number> {
  const print = (text: string) => console.log(text);
  const line = parseCommandLine(args, environment());
  if (line.command === "help") {
    print(HELP);
    return args.length > 0 ? 0 : 2;
  }
  makeDataDir(line.dataDir);
  const config = readConfig(line.dataDir);
  const comfyui = line.comfyui !== undefined
    ? line.comfyui
    : config?.comfyui === undefined
    ? DEFAULT_COMFYUI
    : config.comfyui;
  const cache = openCache(joinPath(line.dataDir, "segments"), { atMost: () => mayKeep(line.dataDir) });
  const assemble = createAssembler({ cache });
  const containers = restingContainers(config?.containers ?? []);
  const tags = line.tags ?? config?.tags ?? [];
  const machine = createLook({ dataDir: line.dataDir, comfyui, containers, tags, openRunners, assemble });
  const options = { look: machine.look, manage: machine.manage, keep: machine.keep, print, comfyui };
  try {
    if (line.command === "join") return await join(line, options);
    if (line.command === "models") return await models(line, config, options);
    if (line.command === "doctor") {
      return await doctor({ ...options, managed: config?.managed !== undefined });
    }
    if (line.runner) {
      return await runner(line.runner, {
        print,
        ownDir: RUNNERS_DIR,
        installedDir: installedRunners(line.dataDir),
        comfyui: comfyui === null ? null : createComfyClient({ url: comfyui }),
        gateway: config ? createClient(config.gateway, config.token) : null,
      });
    }
    if (!config) {
      throw new UsageError(`No studio was joined with ${line.dataDir} yet: agent join <gateway> <code>`);
    }
    if (line.container) {
      const installed = await loadRunners(installedRunners(line.dataDir)).catch(() => ({ runners: [] }));
      return await container(line.container, {
        print,
        config,
        dataDir: line.dataDir,
        containersDir: joinPath(import.meta.dirname!, "containers"),
        own: (await loadRunners(RUNNERS_DIR)).runners.map(({ manifest }) => manifest),
        installed: installed.runners.map(({ manifest }) => manifest),
        hardware: async () => (await machine.look(new AbortController().signal)).hardware,
      });
    }
    if (line.command === "pause" || line.command === "resume") return await pause(line, options);
    if (line.command === "page") return await page(line.dataDir, options);
    if (line.command === "update") return await update(line.dataDir, options);
    if (line.command === "history") return await history(line.dataDir, options);
    if (line.command === "status") return await status(config, line.dataDir, options);
    const launcherGone = line.launched ? endOfStdin() : undefined;
    return await run(line, config, { ...options, launcherGone, color: !Deno.env.get("NO_COLOR") });
  } finally {
    await machine.close();
  }
}

/** Bytes of rendered pieces: of what its owner lets the agent's folder take, half is left for jobs. */
async function mayKeep(dataDir: string): Promise<number> {
  const policy = await readPolicy(dataDir).catch(() => "");
  return typeof policy === "string" || policy.disk_budget_gb === null
    ? Infinity
    : (policy.disk_budget_gb * 1e9) / 2;
}

function environment(): Record<string, string | undefined> {
  const names = ["AGENT_DATA", "HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "USERPROFILE"];
  return Object.fromEntries(names.map((name) => [name, Deno.env.get(name)]));
}

/** First of all: free disk is measured there, and a folder that cannot be written shall not use up a join code. */
function makeDataDir(dataDir: string): void {
  try {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UsageError(
      `Cannot make the agent's folder ${dataDir}: ${(cause as Error).message}. Name another with --data.`,
      { cause },
    );
  }
}

/** The launcher holds the other end of stdin and never writes: when it dies, however it dies, this resolves. */
async function endOfStdin(): Promise<void> {
  const piece = new Uint8Array(16);
  while (await Deno.stdin.read(piece).catch(() => null) !== null);
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    // One sentence for what the person can change; a stack only for what is a fault of this program.
    const expected = error instanceof UsageError || error instanceof GatewayError;
    console.error(expected ? error.message : error);
    Deno.exit(error instanceof UsageError && !error.cause ? 2 : 1);
  }
}

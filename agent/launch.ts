import { delimiter, dirname, join } from "@std/path";
import { type CommandLine, parseCommandLine } from "./command/options.ts";
import { findComfyUi } from "./comfyui/managed/find_python.ts";
import { readConfig, UsageError } from "./config.ts";
import { watchHelpers } from "./launch/helpers.ts";
import {
  agentFlags,
  downloadArgs,
  downloadFlags,
  NO_MODELS_DIR,
  type Scene,
  updateArgs,
  updateFlags,
} from "./launch/programs.ts";
import { modelsDirOf } from "./launch/models_dir.ts";
import { startDeno, type Started } from "./launch/start.ts";
import { runVersions } from "./launch/versions.ts";
import { readRecord } from "./launch/record.ts";
import { TOOLS } from "./permissions.ts";
import { holds, ownDigest, VERSIONS } from "./update/version_dir.ts";

/**
 * What `deno task agent` starts: works out what this agent and its helpers may do (permissions.ts) and runs them with exactly that.
 * Signals are handed on, and the agent's exit code is this program's. Of an agent that its gateway served it also chooses the version.
 */
const RESTART_EXIT = 75;
/** A session that asks for new permissions again and again is a gateway that changes its mind: stop after so many. */
const MAX_RESTARTS = 5;

const code = dirname(import.meta.dirname!);

async function launch(args: readonly string[]): Promise<number> {
  const env = Deno.env.toObject();
  const line = parseCommandLine(args, env);
  const own = ownDigest(code);
  const versions = join(code, VERSIONS);
  if (line.update.versions !== null || own === null || line.dataDir === "" || !await mayWrite(versions)) {
    return await launchHere(args, line, env, {
      versions: line.update.versions,
      refused: line.update.refused,
    });
  }
  if (line.command !== "run") {
    const { current } = await readRecord(versions);
    const folder = current === null ? null : join(versions, current);
    if (folder === null || !await holds(folder, current!)) {
      return await launchHere(args, line, env, { versions, refused: [] });
    }
    return await startVersion(folder, args, env, versions, []).exit;
  }
  return await runVersions({
    own,
    versions,
    dataDir: line.dataDir,
    trialMs: line.update.trialSeconds * 1000,
    say: (sentence) => console.log(sentence),
    start(folder, refused, onTrial) {
      // What may have to be ended from here has a process of its own.
      if (folder !== null || onTrial) return startVersion(folder ?? code, args, env, versions, refused);
      return { exit: launchHere(args, line, env, { versions, refused }), end: () => Promise.resolve() };
    },
  });
}

/** The launcher of a version, as agent.sh starts this one. */
function startVersion(
  folder: string,
  args: readonly string[],
  env: Record<string, string>,
  versions: string,
  refused: readonly string[],
): Started {
  const told = ["--versions", versions, ...refused.length > 0 ? ["--refused", refused.join(",")] : []];
  const flags = ["--allow-read", "--allow-env", "--allow-run"];
  const program = join(folder, "agent", "launch.ts");
  return startDeno(["run", "--config", join(folder, "deno.json"), ...flags, program, ...args, ...told], env, {
    variables: { AGENT_PARENT: "stdin" },
  });
}

/** One command with the code that lies here. */
async function launchHere(
  args: readonly string[],
  line: CommandLine,
  env: Record<string, string>,
  update: { versions: string | null; refused: readonly string[] },
): Promise<number> {
  const started = line.startComfyui === null ? null : findComfyUi(line.startComfyui, {
    python: line.python,
    path: env.PATH ?? "",
    cwd: env.INIT_CWD ?? Deno.cwd(),
  });
  const tools = TOOLS.filter((tool) => isThere(tool, env.PATH ?? ""));
  const sceneNow = (): Scene => ({
    line,
    config: line.dataDir ? readConfig(line.dataDir) : null,
    code,
    started,
    tools,
    isThere: (tool) => isThere(tool, env.PATH ?? ""),
  });
  if (line.command === "permissions") return await printPermissions(sceneNow(), update.versions);
  if (!hasNodeModules()) await fetchPackages(env);
  if (line.models.get !== null) {
    const scene = sceneNow();
    const flags = await downloadFlags(scene, line.models.get);
    const words = downloadArgs(scene, { words: line.models.get });
    return await startDeno([...programLine(DOWNLOADER, flags), ...words], env, { terminal: true }).exit;
  }
  const digest = update.versions === null ? null : ownDigest(code);
  // The folder as this process understood it: the agent is started elsewhere.
  const understood = [
    ...line.dataDir ? ["--data", line.dataDir] : [],
    ...line.models.dir ? ["--models", line.container?.models ?? line.models.dir] : [],
    ...line.runner ? ["--cwd", line.runner.cwd] : [],
    ...started ? ["--start-comfyui", started.folder, "--python", started.python] : [],
    ...digest ? ["--digest", digest] : [],
    ...update.refused.length > 0 ? ["--refused", update.refused.join(",")] : [],
  ];
  const helpers = line.command === "run" ? helpersOf(sceneNow, update.versions, env) : null;
  try {
    for (let restarts = 0;; restarts++) {
      const flags = agentFlags(sceneNow());
      const exit = await startDeno([...programLine(AGENT, flags), ...args, ...understood, "--launched"], env)
        .exit;
      if (exit !== RESTART_EXIT || restarts >= MAX_RESTARTS) return exit;
    }
  } finally {
    await helpers?.stop();
  }
}

const AGENT = "agent/main.ts";
const DOWNLOADER = "agent/models/main.ts";
const UPDATER = "agent/update/main.ts";

/** How one of the agent's programs is started: with its flags and nothing else. */
function programLine(program: string, flags: readonly string[]): string[] {
  return [
    "run",
    "--config",
    join(code, "deno.json"),
    // Its packages are here already; none is fetched by what runs.
    ...(hasNodeModules() ? ["--node-modules-dir=manual"] : ["--cached-only"]),
    ...flags,
    join(code, program),
  ];
}

function helpersOf(sceneNow: () => Scene, versions: string | null, env: Record<string, string>) {
  const { line } = sceneNow();
  return watchHelpers({
    dataDir: line.dataDir,
    async startDownloader(keys) {
      const scene = sceneNow();
      const flags = await downloadFlags(scene, keys);
      return startDeno([...programLine(DOWNLOADER, flags), ...downloadArgs(scene, "wanted")], env);
    },
    startUpdater: versions === null ? null : (digest) => {
      const scene = sceneNow();
      const program = programLine(UPDATER, updateFlags(scene, versions));
      return startDeno([...program, ...updateArgs(scene, versions, digest)], env);
    },
  });
}

/** `agent permissions`: each program as it would be started now. */
async function printPermissions(scene: Scene, versions: string | null): Promise<number> {
  const print = (what: string, program: string, flags: readonly string[]) =>
    console.log(`${what}\n  deno ${programLine(program, flags).map(quoted).join(" ")}`);
  print("The agent, while it runs:", AGENT, agentFlags(scene));
  if (modelsDirOf(scene) === null) console.log(`The downloader of models: is not started. ${NO_MODELS_DIR}`);
  else {print(
      "The downloader of models, for all files that its runners need:",
      DOWNLOADER,
      await downloadFlags(scene, []),
    );}
  if (versions === null || ownDigest(code) === null || !scene.config) {
    console.log("The updater: is not started; this agent is updated by whoever installed it.");
  } else print("The updater, for the gateway's version of the agent:", UPDATER, updateFlags(scene, versions));
  return 0;
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./\\-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
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

/** Once for all that is started here: into Deno's cache, by the lock file. */
async function fetchPackages(env: Record<string, string>): Promise<void> {
  const programs = [AGENT, DOWNLOADER, UPDATER].map((program) => join(code, program));
  const exit = await startDeno(["cache", "--quiet", "--config", join(code, "deno.json"), ...programs], env)
    .exit;
  if (exit !== 0) throw new UsageError("The agent's packages could not be fetched; see above.");
}

async function mayWrite(folder: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "write", path: folder })).state === "granted";
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

import { join } from "@std/path";

export interface AgentProcess {
  /** Rejects when the agent ends though nobody stopped it. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

export interface AgentOptions {
  gateway: string;
  dataDir: string;
  /** Whether the studio knows this agent token: not after its database was made anew. */
  knows: (token: string) => Promise<boolean>;
  /** Asked for only when this folder holds no token that the studio knows. */
  joinCode: () => Promise<string>;
  environment: Record<string, string | undefined>;
  quiet: boolean;
}

const ROOT = join(import.meta.dirname!, "..", "..");

/** The local agent through the same launcher and protocol as any other: joins once, then runs until stopped. */
export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  if (!await hasJoined(options)) {
    await Deno.remove(options.dataDir, { recursive: true }).catch(() => {});
    const args = [
      "join",
      options.gateway,
      await options.joinCode(),
      "--data",
      options.dataDir,
      "--name",
      "this-machine",
      ...(options.environment.COMFYUI_URL ? ["--comfyui", options.environment.COMFYUI_URL] : []),
    ];
    const { code, stderr, stdout } = await launch(args, "piped").output();
    if (code !== 0) {
      const text = new TextDecoder();
      throw new Error(
        `The local agent could not join: ${(text.decode(stderr) || text.decode(stdout)).trim()}`,
      );
    }
  }
  const child = launch(
    ["run", "--data", options.dataDir, "--drain-seconds", "0"],
    options.quiet ? "null" : "inherit",
  )
    .spawn();
  let stopping = false;
  const failed = child.status.then(({ code }) => {
    if (stopping) return new Promise<never>(() => {});
    throw new Error(
      `The local agent ended by itself (exit code ${code}); \`deno task agent doctor\` says what is wrong`,
    );
  });
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      stopping = true;
      // Twice means now: what it has begun is handed back and taken up at the next start.
      for (const _ of [1, 2]) {
        try {
          child.kill("SIGTERM");
        } catch {
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await child.status;
      await child.stdin.close().catch(() => {});
    },
  };
}

/** True when this folder holds a token of this studio; the studio may have moved to another port since. */
async function hasJoined({ dataDir, gateway, knows }: AgentOptions): Promise<boolean> {
  const path = join(dataDir, "agent.json");
  try {
    const config = JSON.parse(await Deno.readTextFile(path));
    if (!await knows(config.token)) return false;
    if (config.gateway !== gateway) {
      await Deno.writeTextFile(path, JSON.stringify({ ...config, gateway }, null, 2));
    }
    return true;
  } catch {
    return false;
  }
}

function launch(args: string[], output: "piped" | "null" | "inherit"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-env", "--allow-run", join(ROOT, "agent", "launch.ts"), ...args],
    cwd: ROOT,
    // Held open and never written to: should this process die, however it dies, the agent ends too.
    stdin: output === "piped" ? "null" : "piped",
    env: { AGENT_PARENT: output === "piped" ? "" : "stdin" },
    stdout: output === "piped" ? "piped" : output,
    stderr: output === "piped" ? "piped" : "inherit",
  });
}

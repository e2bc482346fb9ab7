import { fileURLToPath } from "node:url";
import { writeConfig } from "../config.ts";
import type { TestGateway } from "./gateway.ts";

const LAUNCH = fileURLToPath(new URL("../launch.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** The launcher as `deno task agent` starts it, with the agent's folder `dataDir`. */
export function launched(
  dataDir: string,
  args: readonly string[],
  more: Deno.CommandOptions = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", CONFIG, "--allow-read", "--allow-env", "--allow-run", LAUNCH, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...more,
    env: { AGENT_DATA: dataDir, NO_COLOR: "1", ...more.env },
  }).spawn();
}

export async function outcome(child: Deno.ChildProcess): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** What `agent join` leaves behind in the agent's folder, without the time that it takes. */
export function alreadyJoined(gateway: TestGateway, dataDir: string, models?: string): void {
  writeConfig(dataDir, {
    schema: 1,
    gateway: gateway.url,
    agent_id: "01890000-0000-7000-8000-000000000000",
    name: "Mira's 3090",
    token: gateway.token,
    comfyui: null,
    store_origins: [],
    allow_http: false,
    ...(models ? { models } : {}),
    joined_at: new Date().toISOString(),
  });
}

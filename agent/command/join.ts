import { fileURLToPath } from "node:url";
import { join as pathJoin } from "@std/path";
import {
  type AgentConfig,
  DEFAULT_COMFYUI,
  MANAGED_COMFYUI,
  readConfig,
  UsageError,
  writeConfig,
} from "../config.ts";
import { spotOf } from "../spot.ts";
import { createClient, GatewayError } from "../lease/client.ts";
import { policyPath, writeDefaultPolicy } from "../policy/policy.ts";
import type { Look } from "../machine.ts";
import type { CommandLine } from "./options.ts";

/** Registers this machine and keeps the token. Prints what the studio now knows of it. */
export async function join(
  line: CommandLine,
  options: { look(signal: AbortSignal): Promise<Look>; print(text: string): void; comfyui: string | null },
): Promise<number> {
  const gateway = line.gateway!;
  const before = readConfig(line.dataDir);
  const { facts } = await options.look(new AbortController().signal);
  const name = (line.name ?? before?.name ?? Deno.hostname()).slice(0, 60) || "agent";
  const registered = await createClient(gateway, null).register(line.code!, name, facts).catch((error) => {
    throw new UsageError(whyNot(error, gateway), { cause: error });
  });
  const managed = managedBy(line, before);
  writeConfig(line.dataDir, {
    schema: 1,
    gateway,
    agent_id: registered.agent_id,
    name: registered.name,
    token: registered.token,
    comfyui: line.comfyui !== undefined
      ? line.comfyui
      : managed
      ? before?.managed && before.comfyui || MANAGED_COMFYUI
      : before?.comfyui ?? DEFAULT_COMFYUI,
    ...(managed ? { managed } : {}),
    ...(line.models.dir ?? before?.models ? { models: line.models.dir ?? before!.models! } : {}),
    ...(line.tags ?? before?.tags ? { tags: line.tags ?? before!.tags! } : {}),
    ...(spotOf(line, before) ? { spot: spotOf(line, before)! } : {}),
    ...(before?.containers ? { containers: before.containers } : {}),
    store_origins: registered.store_origins,
    allow_http: line.allowHttp,
    joined_at: new Date().toISOString(),
  });
  await writeDefaultPolicy(line.dataDir);
  options.print(`Joined ${gateway} as "${registered.name}".`);
  for (const slot of facts.slots) {
    const memory = slot.vram_mb > 0 ? `, ${(slot.vram_mb / 1024).toFixed(1)} GiB` : "";
    options.print(`  ${slot.slot}: ${slot.name}${memory}: ${slot.capabilities.join(", ") || "nothing yet"}`);
  }
  if (before && before.gateway !== gateway) options.print(`It no longer works for ${before.gateway}.`);
  if (managed) options.print(`agent run starts the ComfyUI in ${managed.folder} with ${managed.python}.`);
  options.print(`When and for whom it works is yours to say: ${policyPath(line.dataDir)}`);
  options.print("What it may reach, read, write and start, right by right: agent permissions");
  options.print(
    `Start it with: agent run${
      facts.cannot.length > 0 ? "   (what it cannot run and why: agent doctor)" : ""
    }`,
  );
  options.print(`(Where it says agent, type here: ${await asTyped()})`);
  return 0;
}

/** How a person starts the agent where it lies: as the gateway packed it, or in the studio's repository. */
async function asTyped(): Promise<string> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const packed = await Deno.stat(pathJoin(root, "agent.sh")).then(() => true, () => false);
  if (!packed) return "deno task agent";
  return Deno.build.os === "windows" ? ".\\agent.cmd" : "sh agent.sh";
}

/** Joining another studio keeps the ComfyUI, until an address of another is given. */
function managedBy(line: CommandLine, before: AgentConfig | null): AgentConfig["managed"] {
  if (line.startComfyui === null) return line.comfyui === undefined ? before?.managed : undefined;
  if (line.python === null) throw new UsageError("Start the agent with its launcher: deno task agent join …");
  return { folder: line.startComfyui, python: line.python };
}

export function whyNot(error: unknown, gateway: string): string {
  if (!(error instanceof GatewayError)) return (error as Error).message;
  if (error.refusal === "unauthenticated" || error.code === "gone" || error.code === "forbidden") {
    return `${gateway} does not accept this join code: it is mistyped, used up or too old. Make a new one on the studio's fleet page.`;
  }
  return error.message;
}

import { knownFlags } from "../comfyui/managed/flags.ts";
import type { Abilities } from "./command_line.ts";
import { listArgs, removeArgs } from "./command_line.ts";
import type { Tool } from "./config.ts";

/** docker or podman, asked. Rejects with Error: what it said, in one line. */
export async function ask(tool: Tool, args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(tool, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(timeoutMs),
  }).output().catch((cause) => {
    if (!(cause instanceof Deno.errors.NotFound) && !(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new Error(`${tool} is not installed here`, { cause });
  });
  if (success) return new TextDecoder().decode(stdout).trim();
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1)?.slice(0, 300);
  throw new Error(`"${tool} ${args[0]}" fails: ${said || "without a word"}`);
}

/** Whether it works here and what it knows. Rejects with why it does not. */
export async function abilitiesOf(tool: Tool): Promise<Abilities> {
  // Docker's client answers --help also where no daemon does.
  const info = await ask(tool, ["info", "--format", "{{json .}}"]);
  const flags = knownFlags(await ask(tool, ["run", "--help"]));
  return { flags, ...securityOf(tool, info) };
}

/** From `info`, which the two write differently. */
export function securityOf(tool: Tool, info: string): Pick<Abilities, "selinux" | "rootless"> {
  let said: unknown;
  try {
    said = JSON.parse(info);
  } catch {
    said = null;
  }
  if (tool === "podman") {
    const security = at(at(said, "host"), "security");
    return { selinux: at(security, "selinuxEnabled") === true, rootless: at(security, "rootless") === true };
  }
  const options = at(said, "SecurityOptions");
  const has = (name: string) => Array.isArray(options) && options.some((each) => String(each).includes(name));
  return { selinux: has("selinux"), rootless: has("rootless") };
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

export async function hasImage(tool: Tool, image: string): Promise<boolean> {
  return await ask(tool, ["image", "inspect", image]).then(() => true, () => false);
}

/** Removes what an agent that was killed has left running; how many there were. */
export async function removeLeftovers(tool: Tool, agent: string): Promise<number> {
  const names = (await ask(tool, listArgs(agent))).split(/\s+/).filter(Boolean);
  if (names.length > 0) await ask(tool, removeArgs(tool, names), 120_000);
  return names.length;
}

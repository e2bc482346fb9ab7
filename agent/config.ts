import { dirname, join } from "@std/path";
import { z } from "zod";
import { Tags } from "../shared/agents/protocol.ts";
import { ContainerConfig } from "./containers/config.ts";
import { CLOUDS } from "./spot.ts";

/** What `agent join` leaves behind: where the gateway is and the token that proves who we are. */
export const AgentConfig = z.object({
  schema: z.literal(1),
  /** Origin and path of the gateway, without a slash at the end. */
  gateway: z.url(),
  agent_id: z.string(),
  name: z.string(),
  token: z.string(),
  /** Base URL of ComfyUI; null: never use one. */
  comfyui: z.url().nullable(),
  /** A ComfyUI that the agent starts itself, to listen at `comfyui`: its folder and Python, absolute. */
  managed: z.object({ folder: z.string(), python: z.string() }).optional(),
  /** ComfyUI's models folder, absolute, where the agent does not start it; for `agent models` alone. */
  models: z.string().optional(),
  /** Containers that the owner agreed to, for runners and for ComfyUI itself. */
  containers: z.array(ContainerConfig).optional(),
  /** Origins that presigned URLs may have, beside the gateway's. */
  store_origins: z.array(z.string()).default([]),
  /** By which work chooses this machine, beside the tags that the studio gives it. */
  tags: Tags.optional(),
  /** The cloud that may take this machine back (agent/spot.ts). */
  spot: z.enum(CLOUDS).optional(),
  /** The owner accepted plain HTTP beyond loopback with --allow-http. */
  allow_http: z.boolean().default(false),
  joined_at: z.iso.datetime(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** Beside the port that ComfyUI takes by itself: its owner may have one of their own. */
export const MANAGED_COMFYUI = "http://127.0.0.1:8189";

export const DEFAULT_COMFYUI = "http://127.0.0.1:8188";

/** A mistake of whoever typed the command: printed as one sentence, without a stack. */
export class UsageError extends Error {
  override name = "UsageError";
}

type Environment = Record<string, string | undefined>;

/** AGENT_DATA, else where this system keeps a program's data. */
export function defaultDataDir(env: Environment, os: string = Deno.build.os): string {
  if (env.AGENT_DATA) return env.AGENT_DATA;
  const leaf = "generative-media-studio-agent";
  if (os === "windows") {
    const base = env.LOCALAPPDATA ?? (env.USERPROFILE && join(env.USERPROFILE, "AppData", "Local"));
    if (base) return join(base, leaf);
  } else if (env.HOME && os === "darwin") {
    return join(env.HOME, "Library", "Application Support", leaf);
  } else if (env.XDG_DATA_HOME) {
    return join(env.XDG_DATA_HOME, leaf);
  } else if (env.HOME) {
    return join(env.HOME, ".local", "share", leaf);
  }
  throw new UsageError("Cannot tell where to keep the agent's data: set AGENT_DATA or give --data DIR.");
}

export function configPath(dataDir: string): string {
  return join(dataDir, "agent.json");
}

/** null when this data folder has joined nothing yet. UsageError when the file is there but unusable. */
export function readConfig(dataDir: string): AgentConfig | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(configPath(dataDir));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new UsageError(`Cannot read ${configPath(dataDir)}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = AgentConfig.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    throw new UsageError(
      `${configPath(dataDir)} is damaged: ${z.prettifyError(parsed.error)}. Remove it and join again.`,
    );
  }
  return { ...parsed.data, store_origins: readStoreOrigins(dataDir) ?? parsed.data.store_origins };
}

/** `store.json`: origins that a later session named. A file of its own, as the running agent may not write its settings. */
function readStoreOrigins(dataDir: string): string[] | null {
  try {
    return z.array(z.string()).parse(JSON.parse(Deno.readTextFileSync(join(dataDir, "store.json"))));
  } catch {
    return null;
  }
}

export function writeStoreOrigins(dataDir: string, origins: readonly string[]): void {
  const path = join(dataDir, "store.json");
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(origins) + "\n", { mode: 0o600 });
  Deno.renameSync(`${path}.new`, path);
}

/** Written beside and renamed, readable by its owner alone from the first byte on: it holds a token. */
export function writeConfig(dataDir: string, config: AgentConfig): void {
  const path = configPath(dataDir);
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  Deno.writeTextFileSync(fresh, JSON.stringify(config, null, 2) + "\n", { mode: 0o600 });
  // An earlier, interrupted write may have left the file with other bits; Windows has none.
  if (Deno.build.os !== "windows") Deno.chmodSync(fresh, 0o600);
  Deno.renameSync(fresh, path);
  try {
    Deno.removeSync(join(dataDir, "store.json"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A gateway's address as typed: `studio.example` means https, loopback means http. */
export function parseGateway(text: string, options: { allowHttp: boolean }): string {
  const withScheme = /^[a-z]+:\/\//i.test(text)
    ? text
    : `${isLoopback(hostOf(text)) ? "http" : "https"}://${text}`;
  if (!URL.canParse(withScheme)) {
    throw new UsageError(`"${text}" is not the address of a gateway, like https://studio.example`);
  }
  const url = new URL(withScheme);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new UsageError(`A gateway is reached by https or http, not ${url.protocol} (in "${text}").`);
  }
  if (url.username || url.password) {
    throw new UsageError("Leave user and password out of the gateway's address.");
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !options.allowHttp) {
    throw new UsageError(
      `${url.origin} is plain http: whoever sits between could read the token. Use https, or add --allow-http if that network is yours.`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

export function parseComfyUi(text: string): string | null {
  if (text === "none") return null;
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme) || !/^https?:$/.test(new URL(withScheme).protocol)) {
    throw new UsageError(`"${text}" is not the address of ComfyUI, like ${DEFAULT_COMFYUI} (or "none").`);
  }
  const url = new URL(withScheme);
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function hostOf(text: string): string {
  return URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : text;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

import { isLoopback } from "./config.ts";

export interface Needs {
  gateway: string | null;
  storeOrigins: readonly string[];
  comfyui: string | null;
  /** Hosts beside them, as `--allow-net` takes them. */
  net?: readonly string[];
  dataDir: string;
  /** The studio's code: what is imported, and the runners' folders. */
  codeDir: string;
  /** Files and folders beside them that one command was given by name. */
  read?: readonly string[];
  write?: readonly string[];
  /** Programs that are there. */
  tools: readonly string[];
  /** Of its own folder, what it must not touch: what its launcher goes by at the next start. */
  settled?: { write: readonly string[]; read: readonly string[] };
  /** Whether it serves its owner's page: on loopback, at a port that the system chooses. */
  page?: boolean;
}

export const TOOLS = ["ffmpeg", "ffprobe", "fc-match", "nvidia-smi", "rocm-smi"] as const;

/**
 * Variables that the agent and its packages read: where data lies, colours, and what the `ws` package asks for when it
 * is loaded. None of them is a secret.
 */
export const ENV = [
  "AGENT_DATA",
  "HOME",
  "XDG_DATA_HOME",
  "LOCALAPPDATA",
  "USERPROFILE",
  "NO_COLOR",
  "WS_NO_BUFFER_UTIL",
  "WS_NO_UTF_8_VALIDATE",
];

const SYS = ["hostname", "systemMemoryInfo", "osRelease", "statfs"];

/** Where the animatic runner looks for a font to write its cards with. */
const FONT_FOLDERS: Partial<Record<typeof Deno.build.os, string[]>> = {
  linux: ["/usr/share/fonts"],
  darwin: ["/System/Library/Fonts", "/opt/homebrew/share/fonts"],
  windows: ["C:\\Windows\\Fonts"],
};

/** Deno's flags for exactly what an agent does: its gateway, its store, its ComfyUI, its folder, its tools. */
export function permissionFlags(needs: Needs): string[] {
  const urls = [needs.gateway, ...needs.storeOrigins, needs.comfyui].filter((url) => url !== null);
  // Port 0 is a right to listen and to nothing else: no service can be reached there.
  const page = needs.page ? ["127.0.0.1:0"] : [];
  const net = [...new Set([...urls.flatMap(netHosts), ...(needs.net ?? []).map(escaped), ...page])];
  return [
    "--no-prompt",
    // Without it Deno lets any program import from half a dozen hosts, and an import's address can carry words out.
    "--no-remote",
    ...(net.length > 0 ? [`--allow-net=${net.join(",")}`] : []),
    `--allow-read=${
      [needs.dataDir, needs.codeDir, ...FONT_FOLDERS[Deno.build.os] ?? [], ...needs.read ?? []]
        .map(escaped).join(",")
    }`,
    `--allow-write=${[needs.dataDir, ...needs.write ?? []].map(escaped).join(",")}`,
    ...(needs.settled
      ? [
        `--deny-read=${needs.settled.read.map(escaped).join(",")}`,
        `--deny-write=${needs.settled.write.map(escaped).join(",")}`,
      ]
      : []),
    ...(needs.tools.length > 0 ? [`--allow-run=${needs.tools.join(",")}`] : []),
    `--allow-env=${ENV.join(",")}`,
    `--allow-sys=${SYS.join(",")}`,
  ];
}

/** Flags of the downloader (agent/models): the models' sources, their folder, and what it must read of the agent's. */
export function downloaderFlags(needs: {
  hosts: readonly string[];
  dataDir: string;
  codeDir: string;
  modelsDir: string;
  tools: readonly string[];
}): string[] {
  const below = (name: string) => `${needs.dataDir}/${name}`;
  const read = [
    "downloads",
    "runners",
    "policy.json",
    "pause.json",
    "resting.json",
    "history.jsonl",
    "history.jsonl.old",
    "hf_token",
  ];
  const tools = needs.tools.filter((tool) => tool === "nvidia-smi");
  return [
    "--no-prompt",
    "--no-remote",
    ...(needs.hosts.length > 0 ? [`--allow-net=${needs.hosts.join(",")}`] : []),
    `--allow-read=${[needs.codeDir, needs.modelsDir, ...read.map(below)].map(escaped).join(",")}`,
    `--allow-write=${[needs.modelsDir, below("downloads")].map(escaped).join(",")}`,
    ...(tools.length > 0 ? [`--allow-run=${tools.join(",")}`] : []),
    "--allow-env=HF_TOKEN,NO_COLOR",
    "--allow-sys=statfs",
  ];
}

/** Flags of the updater (agent/update): the gateway, the folder of the versions, and a word for the agent. */
export function updaterFlags(
  needs: { gateway: string; dataDir: string; codeDir: string; versions: string },
): string[] {
  const news = `${needs.dataDir}/update`;
  return [
    "--no-prompt",
    "--no-remote",
    `--allow-net=${netHosts(needs.gateway).join(",")}`,
    `--allow-read=${[needs.codeDir, needs.versions, news].map(escaped).join(",")}`,
    `--allow-write=${[needs.versions, news].map(escaped).join(",")}`,
  ];
}

/** `host:port` of a URL. A loopback service goes by any of its names: which one is in a URL is the gateway's choice. */
export function netHosts(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { hostname, port, protocol } = new URL(url);
  const number = port || (protocol === "https:" || protocol === "wss:" ? "443" : "80");
  const names = isLoopback(hostname) ? [...new Set([hostname, "127.0.0.1", "localhost"])] : [hostname];
  return names.map((name) => `${name}:${number}`);
}

/** A comma separates paths in Deno's flags; doubled it is part of one. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}

import { join } from "@std/path";
import { z } from "zod";
import { appendLine, readLines } from "../json_lines.ts";

/** Below `<data>/downloads`, the only part of the agent's folder that the downloader writes. */
export function downloadsDir(dataDir: string): string {
  return join(dataDir, "downloads");
}

/**
 * `wanted.json`: what the owner asked for on the local page, with the licences agreed to. The launcher starts the downloader when it is
 * there; gone or another, what is fetched stops.
 */
const WantedFile = z.object({
  keys: z.array(z.string()).max(500),
  licences: z.array(z.string()).max(500),
  at: z.string(),
});
export type Wanted = z.infer<typeof WantedFile>;

/** One file of `state.json`, which the downloader writes and the agent, its page and the studio read from. */
const FileState = z.object({
  key: z.string(),
  stage: z.enum(["waiting", "fetching", "checking", "done", "failed"]),
  done: z.number(),
  total: z.number().nullable(),
  /** What keeps it, or how it ended. */
  sentence: z.string(),
});
export type FileState = z.infer<typeof FileState>;

const StateFile = z.object({
  files: z.array(FileState),
  /** Why nothing flows just now by the owner's rules; empty: it does. */
  waits: z.string(),
  at: z.string(),
  over: z.boolean(),
});
export type DownloadState = z.infer<typeof StateFile>;

/** Seconds after which a state that nobody writes any more is that of a process that died. */
const STALE_S = 30;

export async function readState(dataDir: string): Promise<DownloadState | null> {
  const parsed = StateFile.safeParse(await readJson(join(downloadsDir(dataDir), "state.json")));
  if (!parsed.success) return null;
  const { data } = parsed;
  const died = !data.over && Date.now() - Date.parse(data.at) > STALE_S * 1000;
  return died ? { ...data, over: true } : data;
}

export async function writeState(dataDir: string, state: Omit<DownloadState, "at">): Promise<void> {
  await replace(join(downloadsDir(dataDir), "state.json"), { ...state, at: new Date().toISOString() });
}

export async function readWanted(dataDir: string): Promise<Wanted | null> {
  const parsed = WantedFile.safeParse(await readJson(join(downloadsDir(dataDir), "wanted.json")));
  return parsed.success ? parsed.data : null;
}

export async function writeWanted(dataDir: string, wanted: Omit<Wanted, "at">): Promise<void> {
  await Deno.mkdir(downloadsDir(dataDir), { recursive: true, mode: 0o700 });
  await replace(join(downloadsDir(dataDir), "wanted.json"), { ...wanted, at: new Date().toISOString() });
}

export async function removeWanted(dataDir: string): Promise<void> {
  await Deno.remove(join(downloadsDir(dataDir), "wanted.json")).catch(ignoreMissing);
}

/** `received.jsonl`: what came over the wire, for the monthly gigabytes; `fetched.jsonl`: the files that came, for the disk's. */
const Received = z.object({ at: z.string(), bytes: z.number() });
const Fetched = z.object({
  at: z.string(),
  key: z.string(),
  size: z.number(),
  checked: z.string(),
  licence: z.string(),
  /** Of what came; and who stated it, null: nobody. Absent in lines of earlier versions. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  stated: z.enum(["manifest", "source", "earlier"]).nullish(),
});
export type Fetched = z.infer<typeof Fetched>;

export async function noteReceived(dataDir: string, bytes: number): Promise<void> {
  if (bytes > 0) await appendLine(linesIn(dataDir, "received"), { at: new Date().toISOString(), bytes });
}

export async function receivedSince(dataDir: string, since: Date): Promise<number> {
  const lines = await readLines(linesIn(dataDir, "received"), Received);
  return lines.filter(({ at }) => new Date(at) >= since).reduce((sum, { bytes }) => sum + bytes, 0);
}

export async function noteFetched(dataDir: string, line: Omit<Fetched, "at">): Promise<void> {
  await appendLine(linesIn(dataDir, "fetched"), { at: new Date().toISOString(), ...line });
}

/** The latest of each file. */
export async function fetched(dataDir: string): Promise<Fetched[]> {
  const lines = await readLines(linesIn(dataDir, "fetched"), Fetched);
  return [...new Map(lines.map((line) => [line.key, line])).values()];
}

/** For people who look at a file that came: its digest, and who says that it should be so. */
export function digestWords({ sha256, stated }: Fetched): string | null {
  if (!sha256) return null;
  const by = stated === "manifest"
    ? "as its runner states it"
    : stated === "source"
    ? "as its source states it"
    : "which nobody states";
  return `SHA-256 ${sha256.slice(0, 16)}…, ${by}`;
}

function linesIn(dataDir: string, name: "received" | "fetched"): string {
  return join(downloadsDir(dataDir), `${name}.jsonl`);
}

async function replace(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(value) + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

async function readJson(path: string): Promise<unknown> {
  return parse(await Deno.readTextFile(path).catch(() => ""));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

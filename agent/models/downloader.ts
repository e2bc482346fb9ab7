import { diskFreeMb } from "../lease/disk.ts";
import { type Backoff, pause } from "../lease/backoff.ts";
import type { ModelFile } from "../../shared/runners/manifest.ts";
import { fetched, type FileState, noteFetched, noteReceived, writeState } from "./files.ts";
import { type Brought, short } from "./check.ts";
import { fetchModel } from "./fetch_model.ts";
import { begun, pathOf } from "./folder.ts";
import type { Gate } from "./gate.ts";
import type { ModelNeed } from "./needs.ts";
import { ModelError } from "./reply.ts";

/** MiB that a download leaves free on the models' disk: ComfyUI and the system work there too. */
const LEAVE_FREE_MB = 2048;

export interface DownloaderOptions {
  dataDir: string;
  modelsDir: string;
  gate: Gate;
  signal: AbortSignal;
  mayReach(host: string): boolean | Promise<boolean>;
  /** For who asks this host for a gated file. */
  token(host: string): string | null;
  say(sentence: string): void;
  /** As often as it moves. */
  show(state: FileState): void;
  /** What has no stated hash may be another than the first time. */
  changed?: boolean;
  backoff?: Backoff;
  freeMb?(folder: string): Promise<number | null>;
}

/** Fetches these files, one after the other. True when all of them are there now. What fails does not keep the others. */
export async function download(files: readonly ModelNeed[], options: DownloaderOptions): Promise<boolean> {
  const { dataDir, gate } = options;
  const states = files.map(({ key, size }): FileState => ({
    key,
    stage: "waiting",
    done: 0,
    total: size ?? null,
    sentence: "",
  }));
  let waits = "";
  let [pending, over] = [0, false];
  const write = () => writeState(dataDir, { files: states, waits, over }).catch(() => {});
  const flush = async () => {
    const bytes = pending;
    pending = 0;
    await noteReceived(dataDir, bytes).catch(() => {});
    await write();
  };
  const ticking = setInterval(() => void flush(), 1_000);
  try {
    for (const [index, file] of files.entries()) {
      const state = states[index]!;
      const change = (next: Partial<FileState>) => options.show(Object.assign(state, next));
      try {
        await fetchOne(file, change, (bytes) => pending += bytes, (sentence) => waits = sentence, options);
      } catch (error) {
        options.signal.throwIfAborted();
        const sentence = error instanceof ModelError ? error.message : String(error);
        change({ stage: "failed", sentence });
        options.say(`${file.file} could not be fetched: ${sentence}.`);
      }
      await flush();
    }
    return states.every(({ stage }) => stage === "done");
  } finally {
    clearInterval(ticking);
    over = true;
    waits = options.signal.aborted ? "" : gate.closed() ?? "";
    await flush();
  }
}

async function fetchOne(
  file: ModelNeed,
  change: (next: Partial<FileState>) => void,
  count: (bytes: number) => void,
  waiting: (sentence: string) => void,
  options: DownloaderOptions,
): Promise<void> {
  const { gate, dataDir, modelsDir } = options;
  const path = pathOf(modelsDir, file);
  if (path === null) throw new ModelError("its name leads out of the models folder", { final: true });
  if (await exists(path)) {
    change({ stage: "done", sentence: "It is here already." });
    return;
  }
  change({ stage: "fetching", done: await begun(modelsDir, file) });
  const host = file.url && URL.canParse(file.url) ? new URL(file.url).hostname : "";
  const before = (await fetched(dataDir)).find(({ key }) => key === file.key)?.sha256 ?? null;
  const brought = await fetchModel(file, path, {
    earlier: options.changed ? null : before,
    signal: options.signal,
    mayReach: options.mayReach,
    token: file.gated ? options.token(host) : null,
    backoff: options.backoff,
    ready: (signal) =>
      gate.open(signal, (sentence) => {
        waiting(sentence);
        change({ sentence });
        if (sentence) options.say(`Waits: ${sentence}`);
      }),
    mayGoOn: () => gate.closed() === null,
    noRoom: (bytes) => noRoom(bytes, file, options),
    received: count,
    slow: throttle(() => gate.policy()?.models.mb_per_second ?? null, options.signal),
    progress: (done, total, stage) => change({ done, total, stage, sentence: "" }),
    whole: async (brought) => {
      const size = await begun(modelsDir, file);
      await noteFetched(dataDir, { key: file.key, size, licence: file.licence, ...brought });
    },
    trouble: (sentence) => {
      change({ sentence: `${sentence}; tries again` });
      options.say(`${file.file}: ${sentence}; tries again.`);
    },
  });
  const { size } = await Deno.stat(path);
  change({ stage: "done", done: size, total: size, sentence: wholeWords(brought) });
}

function wholeWords({ checked, sha256, stated }: Brought): string {
  const digest = `SHA-256 ${short(sha256)}`;
  if (stated === "manifest") return "Whole: its SHA-256 is right.";
  if (stated === "source") return `Whole: its SHA-256 is right, as its source states it (${short(sha256)}).`;
  if (stated === "earlier") {
    return `Whole: the same as when it came first (${digest}); its source states no hash.`;
  }
  const by = checked === "structure" ? "by its own header" : "by its size";
  return `Whole ${by}; nobody states its hash, so it is taken on trust and written down: ${digest}.`;
}

async function noRoom(bytes: number, file: ModelFile, options: DownloaderOptions): Promise<string | null> {
  const { modelsDir, dataDir, gate } = options;
  const free = await (options.freeMb ?? diskFreeMb)(modelsDir);
  if (free !== null && bytes > (free - LEAVE_FREE_MB) * 1024 * 1024) {
    return `it needs ${gigabytes(bytes)} more and ${
      gigabytes(free * 1024 * 1024)
    } are free at ${modelsDir}, of which ${
      gigabytes(LEAVE_FREE_MB * 1024 * 1024)
    } stay free: make room, or name another folder with --models`;
  }
  const budget = gate.policy()?.models.disk_gb ?? null;
  if (budget === null) return null;
  let taken = 0;
  for (const line of await fetched(dataDir)) {
    // What its owner has removed since takes nothing.
    const [folder, ...name] = line.key.split("/");
    const path = pathOf(modelsDir, { folder: folder!, file: name.join("/") });
    if (path && await exists(path)) taken += line.size;
  }
  return taken + bytes + await begun(modelsDir, file) > budget * 1e9
    ? `the rules give models ${budget} GB of disk (models.disk_gb), and ${gigabytes(taken)} are taken`
    : null;
}

/** Spreads bytes so that no more come a second than the rules say. */
function throttle(mbPerSecond: () => number | null, signal: AbortSignal): (bytes: number) => Promise<void> {
  // Not by the wall clock: one that is set back would hold the next byte up for as long.
  let due = performance.now();
  return async (bytes) => {
    const most = mbPerSecond();
    if (most === null) return;
    due = Math.max(due, performance.now() - 100) + bytes / (most * 1e6) * 1000;
    if (due > performance.now()) await pause(due - performance.now(), signal);
  };
}

/** As {@link gigabytes}, and that it is an estimate where it is one. */
export function weight({ bytes, about }: { bytes: number; about: boolean }): string {
  return `${about ? "about " : ""}${gigabytes(bytes)}`;
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

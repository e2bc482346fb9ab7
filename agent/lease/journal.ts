import { basename, join, relative, resolve, sep } from "@std/path";
import { z } from "zod";
import { CompleteBody, FailBody, Lease } from "../../shared/agents/protocol.ts";
import { Progress, runnerOf } from "../../shared/jobs/job.ts";
import { type Finished, openHistory } from "../history/log.ts";
import { pause } from "./backoff.ts";

/**
 * Work on disk. One folder per lease under `<data>/work`:
 *
 * | file | written | means |
 * | --- | --- | --- |
 * | lease.json | when the job was taken | this grant is ours to answer for |
 * | progress.json | with each heartbeat | for `agent status` only |
 * | inputs/, … | while it runs | |
 * | report.json | once the work has ended, before a byte of it is sent | the gateway must hear this |
 *
 * A folder without report.json is unfinished work; one with it is owed to the gateway until it answered. Every file is
 * written beside and renamed, so that a folder is always in one of these states, whenever the process died.
 */
const LeaseFile = z.object({ lease: Lease, boot_id: z.string(), slot: z.string(), taken_at: z.string() });

const ReportFile = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("complete"),
    /** Paths within the folder, in the order they are uploaded: the file itself, then what lists show of it. */
    uploads: z.array(z.object({ path: z.string(), oid: z.string(), size: z.int() })),
    body: CompleteBody,
    ended_at: z.string(),
  }),
  z.object({ kind: z.literal("fail"), body: FailBody, ended_at: z.string() }),
]);
export type Report = z.infer<typeof ReportFile>;

export interface Entry extends z.infer<typeof LeaseFile> {
  folder: string;
  report: Report | null;
  progress: Progress | null;
  /** Its folder is gone or going: nothing is written there any more. */
  closed: boolean;
}

export interface Journal {
  /** `<data>/work` */
  root: string;
  begin(lease: Lease, bootId: string, slot: string): Promise<Entry>;
  note(entry: Entry, progress: Progress): Promise<void>;
  report(entry: Entry, report: Report): Promise<void>;
  /** The gateway has it, or nobody wants it any more: the folder goes, a line of history stays. */
  close(entry: Entry, outcome: string): Promise<void>;
  /**
   * What lies there, oldest first. Folders that cannot be read are left out: one may just be being written. Only a
   * process that has nothing in hand yet may have them removed.
   */
  entries(options?: { removeUnreadable?: boolean }): Promise<Entry[]>;
  history(since: Date): Promise<Finished[]>;
}

export function openJournal(dataDir: string): Journal {
  const root = resolve(dataDir, "work");
  const log = openHistory(resolve(dataDir));
  return {
    root,
    async begin(lease, bootId, slot) {
      const folder = join(root, lease.lease);
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      const file = { lease, boot_id: bootId, slot, taken_at: new Date().toISOString() };
      await writeDurably(join(folder, "lease.json"), file);
      return { ...file, folder, report: null, progress: null, closed: false };
    },
    async note(entry, progress) {
      entry.progress = progress;
      if (entry.closed) return;
      await writeDurably(join(entry.folder, "progress.json"), progress, { sync: false });
    },
    async report(entry, report) {
      await writeDurably(join(entry.folder, "report.json"), report);
      entry.report = report;
    },
    async close(entry, outcome) {
      entry.closed = true;
      const { lease, report } = entry;
      await log.append({
        at: new Date().toISOString(),
        job_id: lease.job_id,
        title: lease.spec.title,
        project: lease.project.title,
        project_id: lease.project.id,
        runner: runnerOf(lease.spec),
        outcome,
        seconds: (Date.now() - Date.parse(entry.taken_at)) / 1000,
        bytes_down: sizes(lease.inputs),
        bytes_up: report?.kind === "complete" ? sizes(report.uploads) : 0,
      });
      await removeFolder(entry.folder);
    },
    async entries({ removeUnreadable = false } = {}) {
      const found: Entry[] = [];
      for (const name of await folderNames(root)) {
        const entry = await readEntry(join(root, name));
        if (entry) found.push(entry);
        else if (removeUnreadable) await removeFolder(join(root, name));
      }
      return found.sort((a, b) => a.taken_at.localeCompare(b.taken_at));
    },
    history: (since) => log.since(since),
  };
}

function sizes(files: readonly { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Path of an upload, or null when a (damaged) report points out of its folder. */
export function uploadPath(entry: Entry, path: string): string | null {
  const full = resolve(entry.folder, path);
  return full.startsWith(resolve(entry.folder) + sep) ? full : null;
}

/** A result's path as the report keeps it. */
export function pathInFolder(entry: Entry, path: string): string {
  return relative(resolve(entry.folder), resolve(entry.folder, path));
}

async function readEntry(folder: string): Promise<Entry | null> {
  const file = LeaseFile.safeParse(await readJson(join(folder, "lease.json")));
  if (!file.success || file.data.lease.lease !== basename(folder)) return null;
  const report = ReportFile.safeParse(await readJson(join(folder, "report.json")));
  const progress = Progress.safeParse(await readJson(join(folder, "progress.json")));
  return {
    ...file.data,
    folder,
    report: report.success ? report.data : null,
    progress: progress.success ? progress.data : null,
    closed: false,
  };
}

async function folderNames(root: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const found of Deno.readDir(root)) if (found.isDirectory) names.push(found.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

async function writeDurably(path: string, value: unknown, options = { sync: true }): Promise<void> {
  const fresh = `${path}.new`;
  {
    using file = await Deno.open(fresh, { write: true, create: true, truncate: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    // A rename that survives a power cut while the bytes do not would be a report without its words.
    if (options.sync) await file.sync();
  }
  await Deno.rename(fresh, path);
}

/**
 * A heartbeat may be writing progress, a scanner may hold a file open: tried a few times, then left. What is left is
 * settled again at the next start, which changes nothing.
 */
async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      await pause(attempt * 20);
    }
  }
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

import { join } from "@std/path";
import { readNews } from "../update/files.ts";
import { holds } from "../update/version_dir.ts";
import {
  begun,
  confirmed,
  failed,
  mayChange,
  readRecord,
  type Record,
  refusedOf,
  writeRecord,
} from "./record.ts";
import type { Started } from "./start.ts";

/** Exit code of an agent that makes way for another version of itself (see agent/update). */
export const UPDATE_EXIT = 76;

export interface VersionsOptions {
  /** Of the code that was installed. */
  own: string;
  /** Folder of the versions. */
  versions: string;
  dataDir: string;
  /** Milliseconds that a new version has until it must have registered. */
  trialMs: number;
  /** Starts the installed version, or that in a folder; `refused` are not to be asked for. */
  start(folder: string | null, refused: readonly string[], onTrial: boolean): Started;
  say(sentence: string): void;
}

/** Changes to the same version that come to nothing, after which the agent is left to its exit code. */
const MOST_ROUNDS = 20;

/**
 * Runs the agent's current version, and each that it makes way for. A new one is on trial until it has registered with the gateway; one that
 * ends before, or takes too long, is put aside, and the one before goes on. What was finished and not delivered lies on disk for
 * whichever comes next.
 */
export async function runVersions(options: VersionsOptions): Promise<number> {
  const { versions } = options;
  let exit = UPDATE_EXIT;
  for (let round = 0; exit === UPDATE_EXIT && round < MOST_ROUNDS; round++) {
    const record = await readRecord(versions);
    const next = round === 0 ? null : await nextVersion(record, options);
    if (next !== null) {
      const tried = await trial(next, options);
      if (tried !== null) {
        exit = tried;
        continue;
      }
    }
    const { current } = await readRecord(versions);
    const folder = current === null ? null : join(versions, current);
    const whole = folder !== null && await holds(folder, current!);
    if (folder !== null && !whole) {
      options.say("The agent's current version is damaged on disk; the installed one runs in its place.");
    }
    const refused = [...refusedOf(await readRecord(versions)), ...await heldBack(options)];
    exit = await options.start(whole ? folder : null, refused, false).exit;
  }
  return exit;
}

/** What the agent made way for, where it may be begun with. */
async function nextVersion(
  record: Record,
  { dataDir, versions, own, say }: VersionsOptions,
): Promise<string | null> {
  const digest = (await readNews(dataDir, "wanted"))?.digest;
  if (!digest || digest === (record.current ?? own) || refusedOf(record).includes(digest)) return null;
  if (!mayChange(record)) {
    say("Its version has changed often enough today: it stays with this one until tomorrow.");
    return null;
  }
  if (digest !== own && !await holds(join(versions, digest), digest)) {
    say("What was fetched as the agent's new version is not whole; it is left alone.");
    return null;
  }
  return digest;
}

/** What is not begun with today is not to be asked for either: the agent would make way for it again and again, and fetch it each time. */
async function heldBack({ dataDir, versions, own }: VersionsOptions): Promise<string[]> {
  const record = await readRecord(versions);
  const digest = (await readNews(dataDir, "wanted"))?.digest;
  return digest && digest !== (record.current ?? own) && !mayChange(record) ? [digest] : [];
}

/** Begins with a version. Its exit code once it has registered and ended; null when it did not come so far. */
async function trial(digest: string, options: VersionsOptions): Promise<number | null> {
  const { versions, own, dataDir, say } = options;
  const before = await readRecord(versions);
  await writeRecord(versions, begun(before, digest));
  // Whether it has registered is told by a word that was not there before, not by the clock, which may be set meanwhile.
  const earlier = (await readNews(dataDir, "registered"))?.at;
  say("Begins with the gateway's version of the agent.");
  const started = options.start(digest === own ? null : join(versions, digest), refusedOf(before), true);
  const outcome = await registered(digest, started, options);
  if (outcome === "registered") {
    await writeRecord(versions, confirmed(await readRecord(versions), digest === own ? null : digest));
    await prune(options);
    return await started.exit;
  }
  // Somebody stopped the agent meanwhile.
  if (outcome === 0) {
    await writeRecord(versions, before);
    return 0;
  }
  const sentence = outcome === "late"
    ? `It had not registered after ${Math.round(options.trialMs / 1000)} s.`
    : `It ended at its start (exit code ${outcome}).`;
  if (outcome === "late") await started.end(15_000);
  await writeRecord(versions, failed(await readRecord(versions), digest, sentence, outcome !== "late"));
  say(`The gateway's version of the agent did not start here: ${sentence} The one before goes on.`);
  return null;

  async function registered(
    digest: string,
    started: Started,
    { trialMs }: VersionsOptions,
  ): Promise<"registered" | "late" | number> {
    const since = performance.now();
    let ended: number | null = null;
    void started.exit.then((code) => ended = code);
    while (performance.now() - since < trialMs) {
      const said = await readNews(dataDir, "registered");
      if (said?.digest === digest && said.at !== earlier) return "registered";
      if (ended !== null) return ended;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return "late";
  }
}

/** The current one and the one before it stay. */
async function prune({ versions }: VersionsOptions): Promise<void> {
  const { current, previous } = await readRecord(versions);
  for await (const entry of Deno.readDir(versions)) {
    if (!entry.isDirectory || entry.name === current || entry.name === previous) continue;
    await Deno.remove(join(versions, entry.name), { recursive: true }).catch(() => {});
  }
}

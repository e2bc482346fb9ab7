import { totalmem } from "node:os";
import { join } from "@std/path";
import type { z } from "zod";
import type { Session } from "../../shared/agents/protocol.ts";
import { type AgentConfig, writeStoreOrigins } from "../config.ts";
import { runAgent } from "../lease/agent.ts";
import { createClient } from "../lease/client.ts";
import { openJournal } from "../lease/journal.ts";
import type { Ending } from "../lease/state.ts";
import { installedRunners, type Look } from "../machine.ts";
import { netHosts } from "../permissions.ts";
import { createTerminal } from "../terminal.ts";
import { createAtWork } from "./at_work.ts";
import { lockDataDir } from "./lock.ts";
import type { CommandLine } from "./options.ts";
import { createComfyClient } from "../comfyui/mod.ts";
import { ownComfyUi } from "../comfyui/managed/own_process.ts";
import { type Managed, openManaged } from "../comfyui/managed/supervisor.ts";
import { keepContainers, type Kept } from "../containers/keep.ts";
import type { ContainerDoor } from "../lease/executor.ts";
import { forgetLoaded } from "../runners/in_memory.ts";
import { loadAllRunners } from "../runners/load.ts";
import { RUNNERS_DIR } from "../runners/mod.ts";
import { lookAtOthers } from "../gpu/others.ts";
import { bytesOf } from "../history/log.ts";
import { folderBytes, openRules } from "../policy/rules.ts";
import { receivedSince } from "../models/files.ts";
import { createBoard } from "../page/board.ts";
import { writeNews } from "../update/files.ts";
import { openBeside, withPictures } from "./beside.ts";
import type { Reporter } from "../lease/reporter.ts";
import { type Cloud, spotOf, watchSpot } from "../spot.ts";
import { listenForStop } from "./stop.ts";

/** Exit code that asks launch.ts to start the agent again with the permissions its new session needs. */
export const RESTART_EXIT = 75;

/** Exit code that asks it to begin with the gateway's version. */
export const UPDATE_EXIT = 76;

const EXIT: Record<Ending, number> = { drained: 0, released: 0, revoked: 1, restart: RESTART_EXIT };

export async function run(
  line: CommandLine,
  config: AgentConfig,
  options: {
    look(signal: AbortSignal): Promise<Look>;
    manage(managed: Managed): void;
    keep(containers: ReadonlyMap<string, ContainerDoor>): void;
    launcherGone?: Promise<void>;
    color: boolean;
  },
): Promise<number> {
  const terminal = createTerminal({
    write: print,
    live: Deno.stdout.isTerminal(),
    color: options.color && Deno.stdout.isTerminal(),
    columns: () => consoleColumns(),
  });
  const atWork = createAtWork();
  const board = createBoard(terminal);
  using _lock = await lockDataDir(line.dataDir);
  using stop = listenForStop({ ...options, drainSeconds: line.drainSeconds, say: terminal.say });
  const journal = openJournal(line.dataDir);
  let pid = (): number | null => null;
  const contained = (config.containers ?? []).length > 0;
  await using rules = await openRules({
    dataDir: line.dataDir,
    look: (signal) =>
      lookAtOthers({
        comfyui: config.comfyui !== null || contained,
        // Whose process is in which container the driver does not tell: any Python's counts as ours then.
        pid: contained ? null : pid(),
        working: atWork.lately(),
      }, signal),
    bytesSince: async (since) =>
      bytesOf(await journal.history(since)) + await receivedSince(line.dataDir, since),
    folderBytes: () => folderBytes(line.dataDir),
  });
  const idleMs = () => {
    const minutes = rules.policy()?.comfyui.stop_when_idle_minutes ?? null;
    return minutes === null ? null : minutes * 60_000;
  };
  await using own = config.managed && config.comfyui
    ? openManaged({
      program: ownComfyUi({ ...config.managed, url: config.comfyui }),
      url: config.comfyui,
      logPath: join(line.dataDir, "comfyui.log"),
      say: terminal.say,
      idleMs,
    })
    : undefined;
  await using kept = await containersOf(config, line.dataDir, { say: terminal.say, idleMs });
  const managed = own ?? kept.comfyui;
  if (own) pid = own.pid;
  if (managed) options.manage(managed);
  const news = eitherOf(own?.changed, kept.changed);
  await using beside = await openBeside({ line, config, rules, board, news, working: atWork.any });
  if (beside.pageUrl !== null) {
    const here = Deno.stdout.isTerminal();
    terminal.say(
      here ? `Its page, for this machine alone: ${beside.pageUrl}` : "It has a page: agent page says where.",
    );
  }
  options.keep(kept.doors);
  using spot = followSpot(spotOf(line, config), board.reporter);
  let greeted = false;
  const ending = await runAgent({
    client: withPictures(createClient(config.gateway, config.token), board),
    journal,
    rules,
    news,
    doing: beside.doing,
    served: beside.updates.offered,
    freeMemory: async () => {
      await kept.free();
      if (!config.comfyui) return;
      forgetLoaded(config.comfyui);
      await createComfyClient({ url: config.comfyui, timeoutMs: 5_000 }).free();
    },
    dataDir: line.dataDir,
    async look(signal) {
      const look = await options.look(signal);
      beside.looked(look);
      return look;
    },
    reporter: {
      ...board.reporter,
      job: (line) => {
        atWork.begins(line.job);
        board.reporter.job(line);
      },
      ended: (job, sentence) => {
        atWork.ends(job);
        board.reporter.ended(job, sentence);
      },
    },
    // A new version waits for what runs, however long that takes; a person who stops the agent does not.
    drain: AbortSignal.any([stop.drain, beside.updates.ready, spot.signal]),
    reclaimed: spot.signal,
    now: stop.now,
    minDiskMb: line.minDiskMb,
    async sessionOpened(session) {
      if (!greeted) {
        terminal.say(`"${session.name}" works for ${config.gateway} (pools: ${session.pools.join(", ")}).`);
      }
      greeted = true;
      if (line.update.digest) await writeNews(line.dataDir, "registered", { digest: line.update.digest });
      return await permitted(session, config, line.dataDir);
    },
  });
  if (ending === "drained" && !stop.drain.aborted && !stop.now.aborted && !spot.signal.aborted) {
    terminal.say("Makes way for the gateway's version.");
    terminal.close();
    return UPDATE_EXIT;
  }
  if (ending === "drained") {
    terminal.say(
      spot.signal.aborted
        ? "Stopped before the cloud takes this machine."
        : "Stopped; nothing was left undone.",
    );
  }
  if (ending === "released") terminal.say("Stopped; unfinished jobs were handed back.");
  terminal.close();
  return EXIT[ending];
}

/** Asks the cloud, where there is one; the signal is aborted with its notice. */
function followSpot(cloud: Cloud | null, reporter: Reporter): Disposable & { signal: AbortSignal } {
  const taken = new AbortController();
  const over = new AbortController();
  if (cloud !== null) {
    void watchSpot(cloud, {
      reclaimed: (notice) => taken.abort(notice),
      trouble: (sentence) => reporter.trouble("spot", sentence),
      settled: () => reporter.settled("spot"),
    }, { signal: over.signal });
  }
  return { signal: taken.signal, [Symbol.dispose]: () => over.abort() };
}

/** A container nobody has use for is stopped sooner than a ComfyUI that a person may be using, too. */
const CONTAINER_IDLE_MS = 15 * 60_000;

async function containersOf(
  { containers = [], agent_id }: AgentConfig,
  dataDir: string,
  { say, idleMs }: { say(sentence: string): void; idleMs(): number | null },
): Promise<Kept> {
  const { runners } = await loadAllRunners(RUNNERS_DIR, installedRunners(dataDir));
  return keepContainers(containers, {
    dataDir,
    agent: agent_id,
    ramMb: Math.floor(totalmem() / (1024 * 1024)),
    runners: runners.map(({ manifest }) => manifest),
    say,
    idleMs: () => idleMs() ?? CONTAINER_IDLE_MS,
  });
}

function eitherOf(...targets: (EventTarget | undefined)[]): EventTarget {
  const either = new EventTarget();
  for (const target of targets) {
    target?.addEventListener("change", () => either.dispatchEvent(new Event("change")));
  }
  return either;
}

/** Keeps the store's origins for the next start; false when this process was not given the right to reach them. */
async function permitted(
  session: z.infer<typeof Session>,
  config: AgentConfig,
  dataDir: string,
): Promise<boolean> {
  if (session.store_origins.join() !== config.store_origins.join()) {
    config.store_origins = session.store_origins;
    writeStoreOrigins(dataDir, session.store_origins);
  }
  for (const host of session.store_origins.flatMap(netHosts)) {
    if ((await Deno.permissions.query({ name: "net", host })).state !== "granted") return false;
  }
  return true;
}

/** A terminal that was closed or a pipe that nobody reads any more is no reason to drop a render. */
function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // There is nobody left to tell.
  }
}

function consoleColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

import { pause } from "../lease/backoff.ts";
import { bytesOf, openHistory } from "../history/log.ts";
import { lookAtOthers } from "../gpu/others.ts";
import { isBusy, isGame, mayWork } from "../policy/may_work.ts";
import { readResting, readWish } from "../policy/pause.ts";
import { type Policy, readPolicy } from "../policy/policy.ts";
import { receivedSince } from "./files.ts";

/** Whether bytes may flow now. */
export interface Gate extends Disposable {
  /** Why not; null: they may. */
  closed(): string | null;
  policy(): Policy | null;
  /** Resolves once they may; `said` hears why not, when that changes. */
  open(signal: AbortSignal, said: (sentence: string) => void): Promise<void>;
}

export interface GateOptions {
  dataDir: string;
  /** The owner sits before it and wants it now: hours, a pause and an idle card do not count. A game and the gigabytes do. */
  now: boolean;
  /** What others use of the cards. */
  look?: typeof lookAtOthers;
  everyMs?: number;
}

/**
 * The rules by which the agent works hold for downloads too: never in the hours that are its owner's, never while a game runs, never
 * beyond the month's gigabytes. Looked at every few seconds, so that a game that begins has the line to itself at once.
 */
export async function openGate(options: GateOptions): Promise<Gate> {
  const { dataDir, look = lookAtOthers } = options;
  const over = new AbortController();
  const history = openHistory(dataDir);
  const opened = performance.now();
  let [busyAt, gameAt] = [opened, -Infinity];
  let policy: Policy | null = null;
  let why: string | null = "The rules are being read.";

  async function decide(): Promise<void> {
    const read = await readPolicy(dataDir);
    policy = typeof read === "string" ? null : read;
    if (typeof read === "string") return void (why = `Waits until its rules are mended: ${read}`);
    const rules = options.now ? { ...read, hours: [], only_when_idle: null } : read;
    const seen = rules.only_when_idle || rules.yield_to_games
      // Which Python is ours is the agent's to know: what computes counts as ours here.
      ? await look({ comfyui: true, pid: null, working: true }, over.signal).catch(() => null)
      : null;
    const others = { othersVramMb: seen?.vramMb ?? null, othersGpuPercent: seen?.percent ?? null };
    if (isBusy(rules, others)) busyAt = performance.now();
    if (isGame(rules, others)) gameAt = performance.now();
    const month = new Date(new Date().getFullYear(), new Date().getMonth(), 1);
    const verdict = mayWork(rules, new Date(), {
      ...others,
      wish: options.now ? "work" : await readWish(dataDir).catch(() => "pause" as const),
      quietS: (performance.now() - busyAt) / 1000,
      sinceGameS: (performance.now() - gameAt) / 1000,
      monthBytes: rules.monthly_gb === null
        ? 0
        : bytesOf(await history.since(month)) + await receivedSince(dataDir, month),
      folderBytes: 0,
    });
    // The running agent sees more than this process: which programs are its own.
    const resting = verdict.take ? (await readResting(dataDir).catch(() => null))?.sentence ?? null : null;
    why = !verdict.take
      ? verdict.sentence
      : resting && (!options.now || /^Ma(kes|de) way/.test(resting))
      ? resting
      : null;
  }

  await decide();
  void (async () => {
    while (!over.signal.aborted) {
      await pause(options.everyMs ?? 2_000, over.signal).catch(() => {});
      if (!over.signal.aborted) await decide().catch(() => {});
    }
  })();
  return {
    closed: () => why,
    policy: () => policy,
    async open(signal, said) {
      for (let told = ""; why !== null; await pause(250, signal)) {
        if (why !== told) said(told = why);
      }
      said("");
    },
    [Symbol.dispose]: () => over.abort(),
  };
}

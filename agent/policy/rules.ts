import type { AgentFacts, Lease } from "../../shared/agents/protocol.ts";
import { pause } from "../lease/backoff.ts";
import type { OwnerRules } from "../lease/state.ts";
import { isBusy, isGame, mayWork, type Readings, type Verdict } from "./may_work.ts";
import { lendFacts } from "./lend.ts";
import { readWish, writeResting } from "./pause.ts";
import { DEFAULT_POLICY, type Policy, readPolicy } from "./policy.ts";
import { refusal } from "./refuse.ts";

export interface RulesOptions {
  dataDir: string;
  /** What others use of the cards now; null where no tool tells. Asked only while a rule needs it. */
  look(signal: AbortSignal): Promise<{ vramMb: number | null; percent: number | null } | null>;
  /** Bytes up and down since then. */
  bytesSince(since: Date): Promise<number>;
  folderBytes(): Promise<number>;
  now?: () => Date;
  /** Milliseconds between two looks at the files, at the cards, and at what is slow to count. */
  everyMs?: number;
  cardsMs?: number;
  slowMs?: number;
}

const IDLE_READINGS = { othersVramMb: null, othersGpuPercent: null, monthBytes: 0, folderBytes: 0 };

export interface Rules extends OwnerRules, AsyncDisposable {
  /** null while the file cannot be read. */
  policy(): Policy | null;
}

/** The owner's rules as they are now, from `policy.json`, `pause.json` and the cards; heard within a second or two. */
export async function openRules(options: RulesOptions): Promise<Rules> {
  const { dataDir } = options;
  const now = options.now ?? (() => new Date());
  const over = new AbortController();
  const changed = new EventTarget();
  const opened = now().getTime();
  /** Milliseconds since the epoch; a card counts as busy until it has been seen idle for long enough. */
  let busyAt = opened;
  let gameAt = -Infinity;
  let figures: Omit<Readings, "wish" | "quietS" | "sinceGameS"> = IDLE_READINGS;
  let policy = await readPolicy(dataDir);
  let verdict: Verdict = { take: false, keep: true, sentence: "" };
  /** What is lent to whom, as one word; null before the first look. */
  let lent: string | null = null;

  async function decide(): Promise<void> {
    policy = await readPolicy(dataDir);
    const wish = await readWish(dataDir).catch(() => "pause" as const);
    // A pause counts whatever else is wrong.
    const next = typeof policy === "string" && wish === "work"
      ? {
        take: false,
        keep: true,
        sentence: `Takes no job until its rules are mended: ${policy}`.slice(0, 300),
      }
      : mayWork(typeof policy === "string" ? DEFAULT_POLICY : policy, now(), {
        ...figures,
        wish,
        quietS: (now().getTime() - busyAt) / 1000,
        sinceGameS: (now().getTime() - gameAt) / 1000,
      });
    const lends = typeof policy === "string"
      ? "nothing"
      : JSON.stringify([policy.runners, policy.projects, policy.pools]);
    const news = next.take !== verdict.take || next.keep !== verdict.keep ||
      next.sentence !== verdict.sentence;
    verdict = next;
    if (news) {
      await writeResting(dataDir, next.sentence).catch(() => {});
      changed.dispatchEvent(new Event("change"));
    }
    if (lends === lent) return;
    const first = lent === null;
    lent = lends;
    if (!first) changed.dispatchEvent(new Event("lend"));
  }

  async function lookAtCards(): Promise<void> {
    if (typeof policy === "string" || !policy.only_when_idle && !policy.yield_to_games) return;
    const seen = await options.look(over.signal).catch(() => null);
    const others = { othersVramMb: seen?.vramMb ?? null, othersGpuPercent: seen?.percent ?? null };
    figures = { ...figures, ...others };
    if (isBusy(policy, others)) busyAt = now().getTime();
    if (isGame(policy, others)) gameAt = now().getTime();
  }

  async function count(): Promise<void> {
    if (typeof policy === "string") return;
    const { monthly_gb, disk_budget_gb } = policy;
    const today = now();
    const month = new Date(today.getFullYear(), today.getMonth(), 1);
    figures = {
      ...figures,
      monthBytes: monthly_gb === null ? 0 : await options.bytesSince(month).catch(() => 0),
      folderBytes: disk_budget_gb === null ? 0 : await options.folderBytes().catch(() => 0),
    };
  }

  const every = async (ms: number, work: () => Promise<void>) => {
    while (!over.signal.aborted) {
      await pause(ms, over.signal).catch(() => {});
      // What cannot be read now is read by the next look; the rules must outlive a disk that hiccups.
      if (!over.signal.aborted) await work().catch(() => {});
    }
  };
  await lookAtCards();
  await count();
  await decide();
  const loops = [
    every(options.everyMs ?? 1_000, decide),
    every(options.cardsMs ?? 3_000, lookAtCards),
    every(options.slowMs ?? 30_000, count),
  ];

  return {
    changed,
    verdict: () => verdict,
    refusal: (lease: Pick<Lease, "project" | "spec">) =>
      typeof policy === "string"
        ? "the rules of this machine's owner cannot be read"
        : refusal(policy, lease),
    lend: (facts: AgentFacts) => lendFacts(typeof policy === "string" ? null : policy, facts),
    policy: () => typeof policy === "string" ? null : policy,
    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.all(loops);
      await writeResting(dataDir, "").catch(() => {});
    },
  };
}

/** Bytes of all files below a folder; what vanishes meanwhile counts nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) sum += await folderBytes(path);
      else if (entry.isFile) sum += await Deno.stat(path).then((info) => info.size, () => 0);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sum;
}

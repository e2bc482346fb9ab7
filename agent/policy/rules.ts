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
  /** Milliseconds between two looks at the files, at the cards, and at what is slow to count; a rule that changes is looked into at once. */
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
  /** The rules that figures are held against, as one word; and how much of the card's use does not count as idle. */
  let measured = "";
  let idleBelow: number | null = null;
  let verdict: Verdict = { take: false, keep: true, sentence: "" };
  /** What is lent to whom, as one word; null before the first look. */
  let lent: string | null = null;

  /** One after the other: a second must not decide by figures that the first is still taking. */
  let turn: Promise<void> = Promise.resolve();
  const decide = () => turn = turn.catch(() => {}).then(decideNow);

  async function decideNow(): Promise<void> {
    policy = await readPolicy(dataDir);
    await measureAnew();
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
      : JSON.stringify([policy.runners, policy.projects, policy.pools, policy.refuse_words]);
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

  /** A rule that is new must not wait for the next look, nor be held against figures that nobody has taken: a job could slip in. */
  async function measureAnew(): Promise<void> {
    if (typeof policy === "string") return;
    const { only_when_idle, yield_to_games, monthly_gb, disk_budget_gb } = policy;
    const word = JSON.stringify([only_when_idle, yield_to_games, monthly_gb, disk_budget_gb]);
    if (word === measured) return;
    measured = word;
    const below = only_when_idle?.gpu_below_percent ?? null;
    // Whether it was idle until now nobody has watched.
    if (below !== null && (idleBelow === null || below < idleBelow)) busyAt = now().getTime();
    idleBelow = below;
    await lookAtCards();
    await count();
  }

  async function lookAtCards(): Promise<void> {
    if (typeof policy === "string" || !policy.only_when_idle && !policy.yield_to_games) return;
    const seen = await options.look(over.signal).catch(() => null);
    const others = {
      othersVramMb: seen?.vramMb ?? null,
      // While a job runs some drivers tell only what all use together: what others used before it began still counts.
      othersGpuPercent: seen === null ? null : seen.percent ?? figures.othersGpuPercent,
    };
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
  await decide();
  const loops = [
    every(options.everyMs ?? 1_000, decide),
    // Who has begun to play needs the card now.
    every(options.cardsMs ?? 2_000, () => lookAtCards().then(decide)),
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

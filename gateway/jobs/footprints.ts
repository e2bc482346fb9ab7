import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { AgentRow } from "../agents/mod.ts";
import { asTenant } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { gigabytes } from "./fleet.ts";
import type { JobRow } from "./mod.ts";

/** What work took so far, by capability, card and how much was asked. */
export interface Footprint {
  capability: string;
  card: string;
  size_step: number;
  length_step: number;
  runs: number;
  /** Moving averages; null while it never succeeded there, or was not told. */
  seconds: number | null;
  energy_wh: number | null;
  /** MiB. */
  peak_vram_mb: number | null;
  /** Times that it ran out of memory since it last succeeded. */
  ooms: number;
}

/** How an attempt ended, as far as its card is concerned. */
export type Ending = { seconds: number; peak_vram_mb?: number; energy_wh?: number } | "oom";

export interface Footprints extends AsyncDisposable {
  /** Written a little later, together with others: an estimate that a crash loses is no loss, and an end of a job waits for none. */
  learn(job: JobRow, ending: Ending): void;
  /** Of one runner, all its tiers. */
  of(tenantId: string, runner: string): Promise<Footprint[]>;
  /** Seconds that this job should take on the card that has it; null until there is evidence. */
  expected(job: JobRow): Promise<number | null>;
  /** Now; for tests and the end. */
  flush(): Promise<void>;
}

/** How much the newest counts in a moving average. */
const NEWEST = 0.3;
const FLUSH_MS = 2000;
/** A free of its memory and one more try come first (retry.ts); after that it was no accident. */
const NO_ACCIDENT = 2;
/** Kept while the database is away; older ones are dropped. */
const MOST_WAITING = 1000;
/** Milliseconds that what is known of a runner's work is kept in memory, and of how many runners. */
const KEPT_MS = 1000;
const MOST_KEPT = 1000;

/** Half powers of two: 1024 x 1024 and 1000 x 1000 are one size, twice the pixels are two steps more. */
export function stepOf(amount: number): number {
  return Math.round(2 * Math.log2(Math.max(1, amount)));
}

export function workOf({ params, width, height }: Pick<GenerateSpec, "params" | "width" | "height">) {
  const side = (name: string, otherwise: number) =>
    typeof params[name] === "number" ? params[name] : otherwise;
  return {
    size_step: stepOf(side("width", width) * side("height", height)),
    length_step: stepOf(side("frames", 1)),
  };
}

/** "NVIDIA GeForce RTX 4090, 24 GB": cards of one name are sold with different memory. */
export function cardOf(agent: Pick<AgentRow, "facts">, slotName: string | null): string | null {
  const slot = agent.facts.slots.find(({ slot }) => slot === slotName);
  return slot ? `${slot.name}, ${gigabytes(slot.vram_mb)} GB` : null;
}

/** The footprint that says that a card cannot hold this: it ran out of memory with so much, or less, and not by accident. */
export function tooMuch(
  footprints: readonly Footprint[],
  capability: string,
  card: string,
  work: { size_step: number; length_step: number },
): Footprint | null {
  const there = footprints.filter((each) => each.capability === capability && each.card === card);
  const proven = there.some((each) =>
    each.ooms < NO_ACCIDENT && each.runs > 0 && each.size_step >= work.size_step &&
    each.length_step >= work.length_step
  );
  if (proven) return null;
  return there.find((each) =>
    each.ooms >= NO_ACCIDENT && each.size_step <= work.size_step && each.length_step <= work.length_step
  ) ?? null;
}

/** Seconds for so much work, over all cards that did it; null until one did. */
export function secondsFor(
  footprints: readonly Footprint[],
  capability: string,
  work: { size_step: number; length_step: number },
): number | null {
  const same = footprints.filter((each) =>
    each.capability === capability && each.size_step === work.size_step &&
    each.length_step === work.length_step && each.seconds !== null
  );
  const runs = same.reduce((sum, each) => sum + each.runs, 0);
  return runs ? same.reduce((sum, each) => sum + each.seconds! * each.runs, 0) / runs : null;
}

/**
 * What was learned of such work on a card: whether it holds it, and how long it takes; with `card` null over all cards. The one
 * place where fit, fallback and remaining time ask.
 */
export function judge(
  footprints: readonly Footprint[],
  { capability, card, work }: {
    capability: string;
    card: string | null;
    work: { size_step: number; length_step: number };
  },
): { holds: boolean; seconds: number | null } {
  const here = card === null ? [] : footprints.filter((each) => each.card === card);
  return {
    holds: card === null || tooMuch(footprints, capability, card, work) === null,
    seconds: secondsFor(here, capability, work) ?? secondsFor(footprints, capability, work),
  };
}

export function openFootprints(studio: Studio): Footprints {
  let waiting: { job: JobRow; ending: Ending }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function cardFor(job: JobRow): Promise<string | null> {
    const roster = await studio.agents.roster(job.tenant_id);
    const agent = roster.find(({ id }) => id === job.lease_agent);
    return agent ? cardOf(agent, job.lease_slot) : null;
  }

  const kept = new Map<string, { until: number; rows: Promise<Footprint[]> }>();

  /** Of a runner, as the roster no more than a second old: people who click in turn ask the same. */
  function of(tenantId: string, runner: string): Promise<Footprint[]> {
    const key = `${tenantId} ${runner}`;
    const known = kept.get(key);
    if (known && known.until > performance.now()) return known.rows;
    if (kept.size > MOST_KEPT) kept.clear();
    const entry = { until: performance.now() + KEPT_MS, rows: read(tenantId, runner) };
    kept.set(key, entry);
    entry.rows.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return entry.rows;
  }

  async function write({ job, ending }: { job: JobRow; ending: Ending }): Promise<void> {
    const card = await cardFor(job);
    if (card === null || job.spec.kind !== "generate") return;
    const { size_step, length_step } = workOf(job.spec);
    const { sql } = studio.db;
    const key = sql`${job.tenant_id}, ${job.capability}, ${card}, ${size_step}, ${length_step}`;
    if (ending === "oom") {
      await sql`
        insert into footprints as f (tenant_id, capability, card, size_step, length_step, ooms) values (${key}, 1)
        on conflict (tenant_id, capability, card, size_step, length_step)
        do update set ooms = f.ooms + 1, updated_at = now()`;
      return;
    }
    const { seconds, energy_wh = null, peak_vram_mb = null } = ending;
    await sql`
      insert into footprints as f
        (tenant_id, capability, card, size_step, length_step, runs, seconds, energy_wh, peak_vram_mb)
      values (${key}, 1, ${seconds}, ${energy_wh}, ${peak_vram_mb})
      on conflict (tenant_id, capability, card, size_step, length_step) do update set
        runs = f.runs + 1, ooms = 0, updated_at = now(),
        seconds = coalesce(f.seconds + (excluded.seconds - f.seconds) * ${NEWEST}::float8, excluded.seconds),
        energy_wh = coalesce(f.energy_wh + (excluded.energy_wh - f.energy_wh) * ${NEWEST}::float8,
          excluded.energy_wh, f.energy_wh),
        peak_vram_mb = greatest(f.peak_vram_mb, excluded.peak_vram_mb)`;
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      const batch = waiting;
      waiting = [];
      for (const [index, each] of batch.entries()) {
        try {
          // The batch is of all studios, whoever began it.
          await asTenant(each.job.tenant_id, () => write(each));
          kept.delete(`${each.job.tenant_id} ${each.job.runner}`);
        } catch (error) {
          waiting = [...batch.slice(index), ...waiting].slice(-MOST_WAITING);
          studio.log.warn("What work took could not be written down; it is tried again", { error });
          break;
        }
      }
      if (waiting.length) later();
    });
    await writing;
  }

  function later(): void {
    timer ??= setTimeout(() => void flush(), FLUSH_MS);
  }

  async function read(tenantId: string, runner: string): Promise<Footprint[]> {
    return await studio.db.sql<Footprint[]>`
      select capability, card, size_step, length_step, runs, seconds, energy_wh, peak_vram_mb, ooms from footprints
      where tenant_id = ${tenantId} and capability >= ${`${runner}@`} and capability < ${`${runner}A`}`;
  }

  return {
    learn(job, ending) {
      if (job.kind !== "generate") return;
      waiting.push({ job, ending });
      if (waiting.length > MOST_WAITING) waiting.shift();
      later();
    },
    of,
    async expected(job) {
      if (job.spec.kind !== "generate") return null;
      const card = await cardFor(job);
      const there = await of(job.tenant_id, job.runner);
      return judge(there, { capability: job.capability, card, work: workOf(job.spec) }).seconds;
    },
    flush,
    async [Symbol.asyncDispose]() {
      await flush().catch(() => {});
      clearTimeout(timer);
    },
  };
}

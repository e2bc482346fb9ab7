import type { QueueReason, QueueTier } from "../../shared/api/operations.ts";
import { TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { Querier } from "../db/mod.ts";
import { gigabytes } from "./fleet.ts";
import type { JobRow } from "./mod.ts";
import { type Asking, waitingReason, type Why } from "./waiting.ts";

/** Unfinished jobs that ask the same of the fleet. */
export type Alike = Omit<Asking, "run_after" | "error"> & { count: number; oldest_s: number };

/** Kinds of waiting jobs whose reason is looked for; each looks through the fleet. */
const MOST_EXPLAINED = 500;

/**
 * What has not ended, gathered by what it asks for, the most first. One pass over jobs_open (tenant_id, id), whose rows are those
 * alone: what ended long ago costs nothing. Of a backlog of 300,000 it reads each, so it is not for every look.
 */
export async function unfinishedAlike(q: Querier, tenantId: string): Promise<Alike[]> {
  return await q<Alike[]>`
    select state, resting, project_id, pool, place, sensitivity, capability, runner, tier, vram_mb, ram_mb, disk_mb,
      count(*) as count, extract(epoch from now() - min(created_at))::float8 as oldest_s
    from jobs where tenant_id = ${tenantId} and finished_at is null and check_id is null
    group by state, resting, project_id, pool, place, sensitivity, capability, runner, tier, vram_mb, ram_mb, disk_mb
    order by count desc, oldest_s desc`;
}

/** A row for each tier, the smallest first, and one for films, which have none. */
export function queueByTier(alike: readonly Alike[]): QueueTier[] {
  const count = (rows: readonly Alike[], state: JobRow["state"]) =>
    rows.filter((row) => row.state === state).reduce((sum, row) => sum + row.count, 0);
  return [...TIER_ORDER, null].map((tier) => {
    const rows = alike.filter((row) => row.tier === tier);
    const waits = rows.filter((row) => row.state !== "leased").map(({ oldest_s }) => oldest_s);
    return {
      tier,
      waiting: count(rows, "queued"),
      blocked: count(rows, "blocked"),
      running: count(rows, "leased"),
      oldest_s: waits.length ? Math.max(...waits) : null,
    };
  });
}

/** Why what waits does, each reason once with how many it holds up, the most first. */
export function whyTheyWait(
  alike: readonly Alike[],
  roster: AgentRow[],
): { reasons: QueueReason[]; unexplained: number } {
  const waiting = alike.filter((row) => row.state !== "leased");
  const found = new Map<string, Omit<QueueReason, "sentence"> & { words: string }>();
  for (const row of waiting.slice(0, MOST_EXPLAINED)) {
    const { reason, words } = reasonOf(row, roster);
    const known = found.get(`${reason} ${words}`) ?? { reason, words, count: 0, oldest_s: 0 };
    known.count += row.count;
    known.oldest_s = Math.max(known.oldest_s, row.oldest_s);
    found.set(`${reason} ${words}`, known);
  }
  return {
    reasons: [...found.values()].sort((a, b) => b.count - a.count || b.oldest_s - a.oldest_s).map((
      { words, ...reason },
    ) => ({
      ...reason,
      sentence: `${reason.count === 1 ? "1 job waits" : `${reason.count} jobs wait`}: ${words}.`,
    })),
    unexplained: waiting.slice(MOST_EXPLAINED).reduce((sum, row) => sum + row.count, 0),
  };
}

/** What many jobs have in common is said of all at once; the rest as each of them says it. */
function reasonOf(row: Alike, roster: AgentRow[]): { reason: Why["reason"]; words: string } {
  if (row.state === "blocked") return { reason: "blocked", words: "other jobs must finish first" };
  if (row.resting) return { reason: "backoff", words: "their last attempt failed, and the next comes soon" };
  const why = waitingReason({ ...row, run_after: new Date(), error: null }, roster, { now: Date.now() })!;
  return { reason: why.reason, words: inCommon(why, row, roster) };
}

function inCommon(why: Why, row: Alike, roster: AgentRow[]): string {
  const largest = Math.max(
    0,
    ...roster.filter((agent) => agent.online).flatMap((agent) =>
      agent.facts.slots.map((slot) => slot.vram_mb)
    ),
  );
  if (why.reason === "no_agent") return "no agent is online that may have them";
  if (why.reason === "next") return "those before them come first, or every card that could is busy";
  if (why.reason === "vram" && largest < row.vram_mb) {
    return `no card with ${cardGb(row.vram_mb)} GB is online`;
  }
  const { sentence } = why;
  return (sentence[0]!.toLowerCase() + sentence.slice(1)).replace(/\.$/, "");
}

/** As such a card is sold: the 22 GiB that the High tier asks for are a card of 24 GB. */
function cardGb(vramMb: number): number {
  return Object.values(TIERS).find((tier) => tier.minVramMb === vramMb)?.cardGb ?? gigabytes(vramMb);
}

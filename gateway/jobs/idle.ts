import { trustAllows } from "../../shared/jobs/trust.ts";
import { gigabytes, placedTaker, poolsOverlap } from "./fleet.ts";
import type { Idle, JobRow, Taker } from "./mod.ts";
import { parsePlace, placeAllows } from "./place.ts";
import type { Room } from "./room.ts";
import { whatItNeeds } from "./waiting.ts";

/** At most so many jobs of a lane are counted: "1000 or more" is as good as the number. */
const COUNT_LIMIT = 1000;

type Lane =
  & Pick<JobRow, "pool" | "place" | "capability" | "runner" | "tier" | "vram_mb" | "ram_mb" | "disk_mb">
  & {
    count: number;
  };

/**
 * Why there is nothing for a slot, as counts per reason. Walks the distinct lanes of the queue with one index probe each, and
 * counts no further than a bound in any, so its cost follows the number of lanes and not the queue.
 */
export async function idleReasons({ studio }: Room, taker: Taker): Promise<Idle> {
  const lanes = await studio.db.sql<Lane[]>`
    with recursive lanes as (
      (select pool, place, capability from jobs where tenant_id = ${taker.tenant_id} and state = 'queued'
        and not resting order by pool, place, capability limit 1)
      union all
      select next.pool, next.place, next.capability from lanes
      cross join lateral (
        select j.pool, j.place, j.capability from jobs j
        where j.tenant_id = ${taker.tenant_id} and j.state = 'queued' and not j.resting
          and (j.pool, j.place, j.capability) > (lanes.pool, lanes.place, lanes.capability)
        order by j.pool, j.place, j.capability limit 1
      ) next
    )
    select head.*, counted.n as count
    from (select * from lanes limit 200) lanes
    cross join lateral (
      select j.pool, j.place, j.capability, j.runner, j.tier, j.vram_mb, j.ram_mb, j.disk_mb from jobs j
      where j.tenant_id = ${taker.tenant_id} and j.pool = lanes.pool and j.place = lanes.place
        and j.capability = lanes.capability and j.state = 'queued' and not j.resting
      order by j.priority desc, j.fair_key, j.id limit 1
    ) head
    cross join lateral (
      select count(*)::int as n from (
        select 1 from jobs j
        where j.tenant_id = ${taker.tenant_id} and j.pool = lanes.pool and j.place = lanes.place
          and j.capability = lanes.capability and j.state = 'queued' and not j.resting limit ${COUNT_LIMIT}
      ) bounded
    ) counted`;
  const [rested] = await studio.db.sql<{ n: number }[]>`
    select count(*)::int as n from (
      select 1 from jobs where resting and tenant_id = ${taker.tenant_id} limit ${COUNT_LIMIT}) bounded`;
  const reasons = new Map<string, Idle["reasons"][number]>();
  const add = (key: string, reason: string, count: number, sentence: (n: string) => string) => {
    const total = (reasons.get(key)?.count ?? 0) + count;
    reasons.set(key, { reason, count: total, sentence: sentence(amount(total)) });
  };
  const full = await studio.plans.full(studio.db.sql, taker.tenant_id);
  for (const lane of lanes) {
    const [reason, detail, sentence] = obstacle(lane, taker);
    if (full && reason === "next") {
      add("plan", "plan", lane.count, (n) => `${n} ${verb(n, "waits", "wait")} by the studio's plan`);
      continue;
    }
    add(`${reason} ${detail}`, reason, lane.count, sentence);
  }
  if (rested!.n) {
    add("backoff", "backoff", rested!.n, (n) => `${n} ${verb(n, "waits", "wait")} for another try`);
  }
  const sorted = [...reasons.values()].toSorted((a, b) => b.count - a.count);
  return {
    sentence: sorted.length
      ? `Nothing for this ${taker.slot.vram_mb ? "card" : "slot"}: ${
        sorted.slice(0, 3).map((each) => each.sentence).join(", ")
      }.`
      : "Nothing is queued.",
    reasons: sorted,
  };
}

/** What keeps a lane from a slot: a word, what tells it apart from others of that word, and its sentence. */
function obstacle(lane: Lane, taker: Taker): [string, string, (n: string) => string] {
  if (!poolsOverlap(lane.pool, taker.pools)) {
    return [
      "pool",
      lane.pool,
      (n) => `${n} ${verb(n, "is", "are")} for ${lane.pool.split("+").join(" or ")}`,
    ];
  }
  const { trust, only, only_tags = [] } = parsePlace(lane.place);
  if (!trustAllows(taker.trust ?? "trusted", trust)) {
    return [
      "permission",
      trust,
      (n) =>
        `${n} ${verb(n, "is", "are")} for ${
          trust === "own" ? "the studio's own machines" : "own and trusted machines"
        } only`,
    ];
  }
  if (!placeAllows(lane.place, placedTaker(taker))) {
    return [
      "pinned",
      `${only.length ? "only" : "never"} ${only_tags}`,
      (n) => {
        const chosen = only_tags.length && !only.length
          ? `only for machines tagged ${only_tags.join(" or ")}`
          : "to run on other machines";
        return `${n} ${verb(n, "is", "are")} ${
          only.length || only_tags.length ? chosen : "kept off this machine"
        }`;
      },
    ];
  }
  if (taker.suspended.includes(lane.runner)) {
    return ["suspended", lane.runner, (n) => `${n} ${need(n)} ${lane.runner}, suspended on this agent`];
  }
  if (lane.vram_mb > taker.slot.vram_mb) {
    return ["vram", `${lane.vram_mb}`, (n) => `${n} ${need(n)} ${gigabytes(lane.vram_mb)} GiB`];
  }
  if (!taker.slot.capabilities.includes(lane.capability)) {
    return ["no_runner", lane.capability, (n) => `${n} ${need(n)} ${whatItNeeds({ ...lane, vram_mb: 0 })}`];
  }
  if (lane.ram_mb > taker.ram_mb) {
    return ["ram", `${lane.ram_mb}`, (n) => `${n} ${need(n)} ${gigabytes(lane.ram_mb)} GiB of memory`];
  }
  if (lane.disk_mb > taker.disk_free_mb) {
    return ["disk", `${lane.disk_mb}`, (n) => `${n} ${need(n)} ${gigabytes(lane.disk_mb)} GiB of free disk`];
  }
  return [
    "next",
    "",
    (n) =>
      taker.projects || taker.refused?.length
        ? `${n} ${verb(n, "is", "are")} not for this machine by its owner's rules, or ${
          verb(n, "is", "are")
        } just being taken`
        : `${n} ${verb(n, "prefers", "prefer")} another agent or ${verb(n, "is", "are")} just being taken`,
  ];
}

function amount(count: number): string {
  return count >= COUNT_LIMIT ? `${COUNT_LIMIT} or more` : String(count);
}
function need(n: string): string {
  return verb(n, "needs", "need");
}
function verb(n: string, one: string, many: string): string {
  return n === "1" ? one : many;
}

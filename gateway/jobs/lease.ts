import { trustAllows, TRUSTS } from "../../shared/jobs/trust.ts";
import type { Querier } from "../db/mod.ts";
import type { RunnerCatalogue } from "../runners/mod.ts";
import type { JobRow, Taker } from "./mod.ts";
import { granting, servedNow } from "./granting.ts";
import { namesOf } from "./place.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";

/** Seconds after which a job that prefers another agent stops waiting for it: the other may be busy for hours. */
const PREFERENCE_S = 120;

/** Any fixed number: a studio whose plan limits jobs at once is granted one at a time. */
const PLAN_LOCK = 7_305_120;

/** Grants the best job for one slot, if the studio's plan lets it; whoever lends the machine sees their own first. */
export async function takeJob(room: Room, taker: Taker): Promise<JobRow | null> {
  const { db, plans, runners } = room.studio;
  const lanes = lanesOf(await runners.of(taker.tenant_id), taker);
  if (!lanes.length) return null;
  const limit = await plans.jobsAtOnce(db.sql, taker.tenant_id);
  const job = limit === null
    ? await takeBest(room, db.sql, taker, lanes)
    : await takeWithin(room, taker, lanes, limit);
  return job ? tell(room, taker, job) : null;
}

/** The screens hear of a grant after the agent: whoever waits to begin comes first. */
export function tell(room: Room, taker: Taker, job: JobRow): JobRow {
  room.names.know(taker.agent_id, taker.agent_name);
  setTimeout(() => void announce(room, [{ job, previous: "queued" }]));
  return job;
}

/** Counted under a lock, so that two polls together do not grant one too many. */
async function takeWithin(
  room: Room,
  taker: Taker,
  lanes: string[],
  limit: number,
): Promise<JobRow | null> {
  const { sql } = room.studio.db;
  const isFull = async (q: Querier) => {
    const [row] = await q<{ n: number }[]>`
      select count(*)::int as n from jobs where tenant_id = ${taker.tenant_id} and state = 'leased' and check_id is null`;
    return row!.n >= limit;
  };
  // Without the lock first: of many that poll most find it so.
  if (await isFull(sql)) return null;
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${PLAN_LOCK}, hashtext(${taker.tenant_id}))`;
    return await isFull(tx) ? null : await takeBest(room, tx, taker, lanes);
  }) as JobRow | null;
}

/** The best job for one slot, of what its owner asked for if there is any, in one statement. */
async function takeBest(room: Room, sql: Querier, taker: Taker, lanes: string[]): Promise<JobRow | null> {
  const all = bestOf(sql, { taker, lanes, asker: null });
  // What is asked for in the second half of a union is not looked for when the first has a row.
  const [job] = taker.owner_id
    ? await sql<JobRow[]>`
      with recursive ${bestOf(sql, { taker, lanes, asker: taker.owner_id })},
      ${all},
      pick as (select id from own_best union all select id from best limit 1),
      ${granting(room, sql, taker)}`
    : await sql<JobRow[]>`
      with recursive ${all},
      pick as (select id from best),
      ${granting(room, sql, taker)}`;
  return job ?? null;
}

/**
 * `best` (`own_best`: of what one person asked for) is the job for one slot, locked. Its cost does not grow with the queue:
 *
 * - `sets` walks the distinct pools and places (who may have it) in the queue, one index probe each (there are a handful).
 * - `heads` looks at the first job of each lane (pools x capability): one probe of jobs_queued each.
 * - The lanes are tried in order of their heads: first those whose smallest card online is the largest (best fit: a large card takes
 *   what smaller ones cannot, but work that only large cards may have is nobody's second), then by priority, then the project
 *   that was lately given less, then what needs more (of one film on the only card there is, High before Low), then what is loaded.
 *   And `limit 1` stops at the first that gives a row, so one row is locked
 *   and a lane that others have just emptied does not hide the next.
 * - VRAM, RAM and disk are the runner's and the same for a whole lane, so a lane is rejected or accepted by its first row;
 *   lanes whose runner cannot pass are left out before (see `lanesOf`). `avoid` rejects single rows, a few retries: it is
 *   only set while somebody else can do the job (see `lettingBack`).
 * - What an owner does not lend the machine for, or a film would not give to one of its reputation, is left out row by row, among the first 500 of a lane: the fair order
 *   brings every project to the front of it, and no poll reads a whole queue of work it may not have.
 * - Retries that wait for their time are not in the index (`resting`).
 */
function bestOf(
  sql: Querier,
  { taker, lanes, asker }: { taker: Taker; lanes: string[]; asker: string | null },
) {
  // Of one person: jobs_asked has the same order within each.
  const whose = asker ? sql`and j.asker_id = ${asker}` : sql``;
  const named = (name: string) => sql(asker ? `own_${name}` : name);
  return sql`
    ${named("sets")} as (
      (select j.pool, j.place from jobs j where j.tenant_id = ${taker.tenant_id} ${whose} and j.state = 'queued'
        and not j.resting order by j.pool, j.place limit 1)
      union all
      select next.pool, next.place from ${named("sets")} sets
      cross join lateral (
        select j.pool, j.place from jobs j where j.tenant_id = ${taker.tenant_id} ${whose} and j.state = 'queued'
          and not j.resting and (j.pool, j.place) > (sets.pool, sets.place)
        order by j.pool, j.place limit 1
      ) next
    ),
    ${named("heads")} as materialized (
      select sets.pool, sets.place, lane.capability
      from ${named("sets")} sets
      cross join unnest(${lanes}::text[]) as lane (capability)
      cross join lateral (
        select j.id, j.project_id, j.fit, j.priority, j.fair_key from jobs j
        where j.tenant_id = ${taker.tenant_id} ${whose} and j.pool = sets.pool and j.place = sets.place
          and j.capability = lane.capability and j.state = 'queued' and not j.resting
        order by j.priority desc, j.fair_key, j.id limit 1
      ) head
      join projects p on p.id = head.project_id
      left join lane_fits lane_fit on lane_fit.tenant_id = ${taker.tenant_id} and lane_fit.pool = sets.pool
        and lane_fit.place = sets.place and lane_fit.capability = lane.capability
      where ${mayHave(sql, taker, "sets")}
      order by coalesce(lane_fit.fit, head.fit) desc, head.priority desc,
        ${servedNow(sql)}, head.fit desc,
        (lane.capability = any(${taker.loaded}::text[])) desc, head.fair_key, head.id
    ),
    ${named("best")} as (
      select first.id from ${named("heads")} heads
      cross join lateral (
        select j.id from ${laneOf(sql, taker, asker)}
        where j.tenant_id = ${taker.tenant_id} ${whose} and j.pool = heads.pool and j.place = heads.place
          and j.capability = heads.capability
          and j.state = 'queued' and not j.resting
          and j.vram_mb <= ${taker.slot.vram_mb} and j.ram_mb <= ${taker.ram_mb}
          and j.disk_mb <= ${taker.disk_free_mb} ${ownersWill(sql, taker)}
          and (not j.avoid @> array[${taker.agent_id}::uuid]
            or j.run_after < now() - ${PREFERENCE_S} * interval '1 second')
        order by j.priority desc, j.fair_key, j.id limit 1
        for update of j skip locked
      ) first
      limit 1
    )`;
}

/** Jobs of a lane that an agent with terms looks at. */
const LOOK_AHEAD = 500;

/** By its pools and its place, a row of `of` is the taker's to have. */
export function mayHave(sql: Querier, taker: Taker, of: "sets" | "j") {
  const { trust = "trusted" } = taker;
  const names = namesOf({ id: taker.agent_id, tags: taker.tags });
  const open = TRUSTS.filter((each) => trustAllows(trust, each));
  const place = sql(`${of}.place`);
  return sql`string_to_array(${sql(`${of}.pool`)}, '+') && ${taker.pools}::text[]
        and split_part(${place}, '|', 1) = any(${open}::text[])
        and (split_part(${place}, '|', 2) = '' or string_to_array(split_part(${place}, '|', 2), ',') && ${names}::text[])
        and not string_to_array(split_part(${place}, '|', 3), ',') && ${names}::text[]`;
}

/** The lane itself, or of it only what an agent with terms looks at. */
function laneOf(sql: Querier, taker: Taker, asker: string | null) {
  if (!hasTerms(taker)) return sql`jobs j`;
  return sql`(
          select ahead.id from jobs ahead
          where ahead.tenant_id = ${taker.tenant_id} ${asker ? sql`and ahead.asker_id = ${asker}` : sql``}
            and ahead.pool = heads.pool and ahead.place = heads.place
            and ahead.capability = heads.capability and ahead.state = 'queued' and not ahead.resting
          order by ahead.priority desc, ahead.fair_key, ahead.id limit ${LOOK_AHEAD}
        ) ahead join jobs j on j.id = ahead.id`;
}

function ownersWill(sql: Querier, taker: Taker) {
  if (!hasTerms(taker)) return sql``;
  const { projects, refused = [] } = taker;
  // Asked of the tables as they are: a poll may have waited since before the film asked for more, or the machine was found wrong.
  const goodEnough = taker.trust === "anyone"
    ? sql`
          and not exists (
            select 1 from projects asked, agents me where asked.id = j.project_id and me.id = ${taker.agent_id}
              and asked.min_reputation > me.reputation)`
    : sql``;
  return sql`${goodEnough}
          and not j.id = any(${refused}::uuid[])
          and not j.project_id = any(${projects?.never ?? []}::uuid[])
          ${projects?.only ? sql`and j.project_id = any(${projects.only}::uuid[])` : sql``}`;
}

/** Nearly all have none: their statement stays as it was. To the community, films may ask for a reputation. */
export function hasTerms({ projects, refused, trust }: Taker): boolean {
  return trust === "anyone" || Boolean(projects) || Boolean(refused?.length);
}

/** The capabilities worth asking for: not those of suspended runners, nor of runners that this slot cannot hold. */
export function lanesOf(runners: RunnerCatalogue, taker: Taker): string[] {
  return [...new Set(taker.slot.capabilities)].filter((capability) => {
    const [id, tier] = capability.split("@") as [string, string | undefined];
    if (taker.suspended.includes(id)) return false;
    const needs = runners.find(id)?.tiers[tier as "low"];
    return !needs || needs.vram_mb <= taker.slot.vram_mb && needs.ram_mb <= taker.ram_mb &&
        needs.disk_mb <= taker.disk_free_mb;
  });
}

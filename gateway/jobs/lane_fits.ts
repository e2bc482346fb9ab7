import type { AgentRow } from "../agents/mod.ts";
import { canServe, runnerOf } from "./fleet.ts";
import type { JobRow } from "./mod.ts";
import { onlyLower } from "./only_lower.ts";
import type { Room } from "./room.ts";

type Lane = Pick<JobRow, "tenant_id" | "pool" | "place" | "capability" | "vram_mb" | "ram_mb" | "disk_mb"> & {
  fit: number | null;
  /** Since when only a lower tier is there for it, and whether that is long enough. */
  only_lower_since: Date | null;
  long: boolean;
};

/** No card there may have it: whichever comes that may is the only one. */
const NOBODY = 1000;

/** Of a large fleet's queue, lanes looked at: those beyond go by what their jobs need. */
const MOST_LANES = 2000;

/**
 * Writes for each lane of the queue which card is the smallest online that may have its work. Asked by the sweeper: a fleet that
 * changes (night falls, small cards go home) changes what fits best. Costs one probe for each lane, however long it is.
 *
 * Returns the lanes that only a lower tier was there for, for longer than the studio waits (lower.ts).
 */
export async function fitLanes({ studio }: Room): Promise<Lane[]> {
  const { sql } = studio.db;
  const lanes = await sql<Lane[]>`
    with recursive lanes as (
      (select tenant_id, pool, place, capability from jobs where state = 'queued' and not resting
        order by tenant_id, pool, place, capability limit 1)
      union all
      select next.* from lanes
      cross join lateral (
        select j.tenant_id, j.pool, j.place, j.capability from jobs j
        where j.state = 'queued' and not j.resting
          and (j.tenant_id, j.pool, j.place, j.capability) > (lanes.tenant_id, lanes.pool, lanes.place, lanes.capability)
        order by j.tenant_id, j.pool, j.place, j.capability limit 1
      ) next
    )
    select head.*, f.fit, f.only_lower_since,
      coalesce(f.only_lower_since <= now() - make_interval(secs => ${studio.config.lowerTierSeconds}), false) as long
    from (select * from lanes limit ${MOST_LANES}) lanes
    cross join lateral (
      select j.tenant_id, j.pool, j.place, j.capability, j.vram_mb, j.ram_mb, j.disk_mb from jobs j
      where j.tenant_id = lanes.tenant_id and j.pool = lanes.pool and j.place = lanes.place
        and j.capability = lanes.capability and j.state = 'queued' and not j.resting limit 1
    ) head
    left join lane_fits f on f.tenant_id = head.tenant_id and f.pool = head.pool and f.place = head.place
      and f.capability = head.capability`;
  const changed: (Lane & { lower: boolean })[] = [];
  const short: Lane[] = [];
  for (const [tenant, of] of Map.groupBy(lanes, (lane) => lane.tenant_id)) {
    const roster = await studio.agents.roster(tenant);
    for (const lane of of) {
      const fit = smallestFor(lane, roster) ?? NOBODY;
      const runner = fit === NOBODY
        ? (await studio.runners.of(tenant)).find(runnerOf(lane.capability))
        : null;
      const lower = onlyLower(lane, runner, roster);
      if (fit !== lane.fit || lower !== (lane.only_lower_since !== null)) {
        changed.push({ ...lane, fit, lower });
      }
      if (lower && lane.long) short.push(lane);
    }
  }
  if (!changed.length) return short;
  await sql`
    insert into lane_fits as f (tenant_id, pool, place, capability, fit, only_lower_since)
    select tenant_id, pool, place, capability, fit, case when lower = 1 then now() end from unnest(${
    changed.map((each) => each.tenant_id)
  }::uuid[], ${changed.map((each) => each.pool)}::text[],
      ${changed.map((each) => each.place)}::text[], ${changed.map((each) => each.capability)}::text[],
      ${changed.map((each) => each.fit!)}::smallint[], ${
    changed.map((each) => Number(each.lower))
  }::smallint[])
      as c (tenant_id, pool, place, capability, fit, lower)
    on conflict (tenant_id, pool, place, capability) do update set fit = excluded.fit,
      only_lower_since = case when excluded.only_lower_since is not null
        then coalesce(f.only_lower_since, excluded.only_lower_since) end`;
  return short;
}

/** Lanes that this gateway has seen, and after how many it begins anew. */
const MOST_KNOWN = 10_000;

/** A lane that is new is looked at before anybody is woken for it: the sweeper comes a moment later. */
export async function fitNewLanes(room: Room, jobs: readonly JobRow[]): Promise<void> {
  const fresh = jobs.filter((job) => job.state === "queued").map(({ tenant_id, pool, place, capability }) =>
    `${tenant_id} ${pool} ${place} ${capability}`
  ).filter((lane) => !room.lanes.has(lane));
  if (!fresh.length) return;
  if (room.lanes.size > MOST_KNOWN) room.lanes.clear();
  for (const lane of fresh) room.lanes.add(lane);
  await fitLanes(room);
}

/** VRAM, whole GiB, of the smallest card that could have it; null when there is none. */
export function smallestFor(
  lane: Pick<Lane, "pool" | "place" | "capability" | "vram_mb" | "ram_mb" | "disk_mb">,
  roster: readonly AgentRow[],
): number | null {
  const need = { ...lane, runner: runnerOf(lane.capability) };
  const cards = roster.filter((agent) => canServe(agent, need)).flatMap((agent) =>
    agent.facts.slots.filter((slot) =>
      slot.capabilities.includes(lane.capability) && slot.vram_mb >= lane.vram_mb
    ).map((slot) => Math.floor(slot.vram_mb / 1024))
  );
  return cards.length ? Math.min(...cards) : null;
}

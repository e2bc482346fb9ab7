import type { TakeNumber } from "../../shared/takes/name.ts";
import { nominalRate, RATES } from "../../shared/time/rate.ts";
import type { Querier, Sql, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { framesInDay, reserveNumbers, reserveTimecode } from "./numbers.ts";

/** Takes of one shot that are to be made. */
export interface Wanted {
  project: ProjectRow;
  shot: string;
  count: number;
  versionUp: boolean;
  /** Of each. */
  frames: number;
}

/** What takes that are to be made have been given, each in its place of the lists. */
export interface Reserved {
  numbers: TakeNumber[];
  /** Start timecodes, frames since 00:00:00:00. */
  timecodes: number[];
  /** Count up for ever within a project: takes have their reels from it. */
  serials: number[];
}

/**
 * Number, timecode and serial of new takes of one studio in one statement, so that people who generate in one film do not wait for each
 * other's disk: it is a transaction of its own, which does not wait for its commit to be synced. It is on disk with the next commit that
 * is, that of the jobs; a job that then fails to be written gives its number back (giveBackNumbers), or leaves a
 * gap and no more.
 */
export async function reserveTakes(sql: Sql, wanted: readonly Wanted[]): Promise<Reserved[]> {
  return await reserve(sql, wanted, {
    alone: true,
    rare: (each) => sql.begin((tx) => reserveRare(tx, each)) as Promise<Reserved>,
  });
}

/** The same in the caller's transaction, whose end others of the film wait for: what comes to nothing leaves no gap. */
export async function reserveTakesIn(tx: Tx, wanted: readonly Wanted[]): Promise<Reserved[]> {
  return await reserve(tx, wanted, { alone: false, rare: (each) => reserveRare(tx, each) });
}

async function reserve(
  q: Querier,
  wanted: readonly Wanted[],
  { alone, rare }: { alone: boolean; rare: (wanted: Wanted) => Promise<Reserved> },
): Promise<Reserved[]> {
  // What may be refused comes first, so that the others have been given nothing by then.
  const given = new Map<Wanted, Reserved>();
  for (const each of wanted) if (!isUsual(each)) given.set(each, await rare(each));
  const usual = wanted.filter(isUsual);
  if (usual.length) {
    for (const [each, reserved] of await reserveUsual(q, usual, alone)) given.set(each, reserved);
  }
  for (const each of usual) if (!given.has(each)) given.set(each, await rare(each));
  return wanted.map((each) => given.get(each)!);
}

function isUsual(wanted: Wanted): boolean {
  const { hour, day } = layout(wanted);
  return !wanted.versionUp && wanted.frames <= day - hour;
}

/** One shot's part of what a film was given. */
interface Counted {
  project_id: string;
  shot: string;
  version: number;
  last_take: number;
  next_timecode: number;
  fair_finish: number;
}

/**
 * The everyday case: the next takes of a shot's latest version, and the day not at its end. Films whose day is are left out. Each update works
 * on its row as it is when it gets it; films are held in one order and before their shots, so that no two statements wait for each other.
 */
async function reserveUsual(
  q: Querier,
  wanted: readonly Wanted[],
  alone: boolean,
): Promise<Map<Wanted, Reserved>> {
  const asked = wanted.map((each) => ({ each, ...layout(each) }));
  const films = [...Map.groupBy(asked, ({ each }) => each.project.id)].map(([id, of]) => ({
    ...of[0]!,
    id,
    count: sum(of.map(({ each }) => each.count)),
    long: sum(of.map(({ long }) => long)),
  }));
  const shots = [...Map.groupBy(wanted, ({ project, shot }) => `${project.id} ${shot}`).values()].map((
    of,
  ) => ({
    ...of[0]!,
    count: sum(of.map(({ count }) => count)),
  }));
  const rows = await q<Counted[]>`
    with films as materialized (
      select * from unnest(${films.map(({ id }) => id)}::uuid[], ${films.map(({ count }) => count)}::int[],
        ${films.map(({ long }) => long)}::bigint[], ${films.map(({ hour }) => hour)}::bigint[], ${
    films.map(({ day }) => day)
  }::bigint[]) as film (project_id, count, long, hour, day)
    ),
    shots as materialized (
      select * from unnest(${shots.map(({ project }) => project.id)}::uuid[], ${
    shots.map(({ shot }) => shot)
  }::text[], ${shots.map(({ count }) => count)}::int[]) as shot (project_id, shot, count)
    ),
    held as materialized (
      select id from projects where id in (select project_id from films) order by id for no key update
    ),
    laid as (
      update projects p set fair_finish = p.fair_finish + f.count,
        next_timecode = greatest(p.next_timecode, f.hour) + f.long
      from held join films f on f.project_id = held.id
      where p.id = held.id and greatest(p.next_timecode, f.hour) + f.long <= f.day
      returning p.id, p.tenant_id, p.next_timecode, p.fair_finish
    ),
    counted as (
      insert into take_counters as c (project_id, tenant_id, shot, version, last_take)
      select laid.id, laid.tenant_id, s.shot, coalesce((
        select max(version) from take_counters before where before.project_id = laid.id and before.shot = s.shot), 1), s.count
      from shots s join laid on laid.id = s.project_id
      order by laid.id, s.shot
      on conflict (project_id, shot, version) do update set last_take = c.last_take + excluded.last_take
      returning c.project_id, c.shot, c.version, c.last_take
    )
    select c.project_id, c.shot, c.version, c.last_take, laid.next_timecode, laid.fair_finish
    from counted c join laid on laid.id = c.project_id
      ${alone ? q`cross join set_config('synchronous_commit', 'off', true)` : q``}`;
  const given = new Map<Wanted, Reserved>();
  // What was given last is handed out last.
  for (const { each, step, long } of asked.toReversed()) {
    const { project: { id }, shot, count } = each;
    const of = rows.filter((row) => row.project_id === id);
    const counted = of.find((row) => row.shot === shot);
    if (!counted) continue;
    const { version, last_take, next_timecode, fair_finish } = counted;
    const nth = Array.from({ length: count }, (_, index) => index);
    given.set(each, {
      numbers: nth.map((n) => ({ shot, version, take: last_take - count + 1 + n })),
      timecodes: nth.map((n) => next_timecode - long + n * step),
      serials: nth.map((n) => fair_finish - count + 1 + n),
    });
    counted.last_take -= count;
    for (const row of of) {
      row.next_timecode -= long;
      row.fair_finish -= count;
    }
  }
  return given;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

/** Frames from one take's start to the next's, and of all; where a day of timecode begins and ends. */
function layout({ project, count, frames }: Wanted) {
  const rate = RATES[project.fps];
  const step = frames + nominalRate(rate);
  return { step, long: count * step, hour: nominalRate(rate) * 3600, day: framesInDay(rate) };
}

/** A version begun, and the end of the day. Films before shots, as above. */
async function reserveRare(
  tx: Tx,
  { project, shot, count, versionUp, frames }: Wanted,
): Promise<Reserved> {
  const timecodes = await reserveTimecode(tx, project, frames, count);
  const [counted] = await tx<{ fair_finish: number }[]>`
    update projects set fair_finish = fair_finish + ${count}::int where id = ${project.id} returning fair_finish`;
  const last = counted!.fair_finish;
  const numbers = await reserveNumbers(tx, project, shot, { count, versionUp });
  return { numbers, timecodes, serials: timecodes.map((_, n) => last - count + 1 + n) };
}

import type { TakeNumber } from "../../shared/takes/name.ts";
import { nominalRate, type Rate, RATES } from "../../shared/time/rate.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Querier, Sql, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";

/** The next numbers of a shot. Whoever reserves holds the shot until the transaction ends, so no two get the same. */
export async function reserveNumbers(
  tx: Tx,
  project: ProjectRow,
  shot: string,
  { count, versionUp }: { count: number; versionUp: boolean },
): Promise<TakeNumber[]> {
  // The row of version 1 stands for the shot: locking it first makes even "version up" by two artists follow in turn.
  await tx`
    insert into take_counters (project_id, tenant_id, shot, version)
    values (${project.id}, ${project.tenant_id}, ${shot}, 1) on conflict do nothing`;
  await tx`
    select 1 from take_counters where project_id = ${project.id} and shot = ${shot} and version = 1 for update`;
  // A statement of its own after the lock: it sees what the one before us committed.
  const [latest] = await tx<{ version: number; last_take: number }[]>`
    select version, last_take from take_counters
    where project_id = ${project.id} and shot = ${shot} order by version desc limit 1`;
  // A version without takes is already a fresh one.
  const version = latest!.version + (versionUp && latest!.last_take > 0 ? 1 : 0);
  const [counter] = await tx<{ last_take: number }[]>`
    insert into take_counters as counter (project_id, tenant_id, shot, version, last_take)
    values (${project.id}, ${project.tenant_id}, ${shot}, ${version}, ${count})
    on conflict (project_id, shot, version) do update set last_take = counter.last_take + ${count}
    returning last_take`;
  const first = counter!.last_take - count + 1;
  return Array.from({ length: count }, (_, index) => ({ shot, version, take: first + index }));
}

/** Numbers of takes that came to nothing are the shot's next ones again, unless somebody reserved after them: then they stay a gap. */
export async function giveBackNumbers(
  q: Querier,
  project: Pick<ProjectRow, "id">,
  numbers: readonly TakeNumber[],
): Promise<void> {
  const last = numbers.at(-1);
  if (!last) return;
  await q`
    update take_counters set last_take = last_take - ${numbers.length}::int
    where project_id = ${project.id} and shot = ${last.shot} and version = ${last.version} and last_take = ${last.take}`;
}

/**
 * Frames counted in 24 hours of timecode. Drop-frame skips 2 (4 at 59.94) numbers a minute but each tenth: the shorter
 * day holds for both ways of writing it.
 */
export function framesInDay(rate: Rate): number {
  const nominal = nominalRate(rate);
  const dropped = rate.den === 1001 && nominal % 30 === 0 ? (nominal / 15) * (24 * 60 - 24 * 6) : 0;
  return nominal * 86_400 - dropped;
}

/**
 * Where each take's own timecode starts. From 01:00:00:00, because files without timecode all begin at 00:00:00:00, and
 * one second apart, so that a handle never reaches into a neighbour. No take crosses midnight; after a full day (about
 * 14,000 takes of five seconds) the day begins again, and only the reel tells such takes apart. ProblemError
 * unprocessable when a take is longer than the day.
 */
export function layTimecode(
  next: number,
  rate: Rate,
  frames: number,
  count: number,
): { starts: number[]; next: number } {
  const second = nominalRate(rate);
  const day = framesInDay(rate);
  const hour = second * 3600;
  if (frames > day - hour) {
    throw new ProblemError(
      "unprocessable",
      `A take of ${frames} frames is longer than a day of timecode; make it shorter.`,
    );
  }
  const starts: number[] = [];
  let at = Math.max(next, hour);
  for (let i = 0; i < count; i++) {
    if (at + frames > day) at = hour;
    starts.push(at);
    at += frames + second;
  }
  return { starts, next: at };
}

/**
 * Reserves timecode in the project; other reservations wait until the transaction ends. `no key`: this transaction and the other have
 * already inserted rows that point at the project, which `for update` would have each of them wait for: PostgreSQL aborts one.
 */
export async function reserveTimecode(
  tx: Tx,
  project: ProjectRow,
  frames: number,
  count: number,
): Promise<number[]> {
  const [row] = await tx<{ next_timecode: number }[]>`
    select next_timecode from projects where id = ${project.id} for no key update`;
  const laid = layTimecode(row!.next_timecode, RATES[project.fps], frames, count);
  await tx`update projects set next_timecode = ${laid.next} where id = ${project.id}`;
  return laid.starts;
}

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

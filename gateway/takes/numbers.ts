import type { TakeNumber } from "../../shared/takes/name.ts";
import { nominalRate, type Rate, RATES } from "../../shared/time/rate.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Querier, Tx } from "../db/mod.ts";
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

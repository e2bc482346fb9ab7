import { join } from "@std/path";
import { z } from "zod";

/**
 * `versions/record.json`, beside the versions and written by the launcher alone: which one runs. Nothing that the agent could write
 * decides that.
 */
const RecordFile = z.object({
  /** Digest of the version that runs; null: the one that was installed. */
  current: z.string().nullable(),
  previous: z.string().nullable(),
  /** Beginnings with each that did not end in its registering. */
  tries: z.record(z.string(), z.object({ count: z.number(), sentence: z.string() })),
  /** Milliseconds since the epoch of the latest changes of version. */
  changes: z.array(z.number()),
});
export type Record = z.infer<typeof RecordFile>;

/** Beginnings that a version gets: its gateway may just have been away at the first. */
export const MOST_TRIES = 2;
/** Changes of version in a day: between two gateways of different versions an agent goes to and fro no further than that. */
export const MOST_CHANGES = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

export async function readRecord(versions: string): Promise<Record> {
  try {
    return RecordFile.parse(JSON.parse(await Deno.readTextFile(join(versions, "record.json"))));
  } catch {
    return { current: null, previous: null, tries: {}, changes: [] };
  }
}

export async function writeRecord(versions: string, record: Record): Promise<void> {
  const path = join(versions, "record.json");
  await Deno.mkdir(versions, { recursive: true });
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(record, null, 2) + "\n");
  await Deno.rename(`${path}.new`, path);
}

/** Versions that are not begun with again. */
export function refusedOf({ tries }: Record): string[] {
  return Object.entries(tries).filter(([, { count }]) => count >= MOST_TRIES).map(([digest]) => digest);
}

/** A version that is about to be begun with: counted before, so that a power cut counts too. */
export function begun(record: Record, digest: string): Record {
  const before = record.tries[digest];
  const sentence = before?.sentence || "It did not come so far as to register.";
  return { ...record, tries: { ...record.tries, [digest]: { count: (before?.count ?? 0) + 1, sentence } } };
}

/** It did not start: with `for good` it is not tried again. */
export function failed(record: Record, digest: string, sentence: string, forGood: boolean): Record {
  const count = forGood ? MOST_TRIES : record.tries[digest]?.count ?? 1;
  return { ...record, tries: { ...record.tries, [digest]: { count, sentence } } };
}

/** It has registered: from now on it is the one that runs. `null`: the installed one is again. */
export function confirmed(record: Record, digest: string | null, now = Date.now()): Record {
  const { [digest ?? ""]: _, ...tries } = record.tries;
  return { current: digest, previous: record.current, tries, changes: [...lately(record, now), now] };
}

/** Whether another change of version is allowed today. */
export function mayChange(record: Record, now = Date.now()): boolean {
  return lately(record, now).length < MOST_CHANGES;
}

function lately({ changes }: Record, now: number): number[] {
  return changes.filter((at) => at > now - DAY_MS);
}

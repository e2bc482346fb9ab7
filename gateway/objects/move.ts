import type { Database } from "../db/mod.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ObjectStore } from "./mod.ts";
import { SPREAD_MS, type Stores } from "./open.ts";
import { type Place, placeText, samePlace } from "./place.ts";
import { type StoreRow, storeRowsOf, type StoreState } from "./stores_table.ts";
import { holds, oidOf, transfer } from "./transfer.ts";

/** Objects that are copied, or looked at, at the same time. */
const AT_ONCE = 8;
/** Any fixed number: one move of a studio at a time, from wherever. */
const MOVE_LOCK = 7_305_129;
/** Rounds until what comes meanwhile is left for the end, when nothing more can come. */
const MOST_ROUNDS = 20;

export interface Progress {
  step: StoreState;
  objects: number;
  bytes: number;
  allObjects: number;
  allBytes: number;
}

export interface Moved {
  objects: number;
  bytes: number;
  /** Keys whose bytes are not those of their name: they stay where they are. */
  damaged: string[];
}

/** What the person who moves a studio has to mend: one sentence. */
export class MoveError extends Error {
  override name = "MoveError";
}

interface Moving {
  db: Database;
  objects: Stores;
}

/**
 * Brings a studio's objects to another place while it goes on working: copies and checks each by size and SHA-256, then has every
 * gateway put new ones there, copies what came last, and only then looks nowhere else (route.ts). What was there stays until
 * housekeeping is told to clear it away. Killed at any moment it is begun again and goes on; nothing is lost in between.
 *
 * @param say is told, and waited for, before each step and about every second of copying.
 * Errors: MoveError with a sentence.
 */
export async function moveStudio(
  moving: Moving,
  tenantId: string,
  to: { place: Place | null; checksumsEnforced: boolean },
  options: {
    say?: (progress: Progress) => void | Promise<void>;
    /** Leaves what is damaged behind, where else nothing is switched while there is any. */
    leaveDamaged?: boolean;
    /** @default as long as gateways take to learn of a step; embedded there is but one. */
    spreadMs?: number;
  } = {},
): Promise<Moved> {
  const { db, objects } = moving;
  const done = await whileNobodyMoves(db, tenantId, async () => {
    const row = await begin(moving, tenantId, to);
    if (!row) return { objects: 0, bytes: 0, damaged: [] };
    const old = (await storeRowsOf(db.sql, tenantId)).find(({ state }) => state === "current");
    const from = await objects.at(tenantId, old?.place ?? null, old?.checksums_enforced ?? false);
    const into = await objects.at(tenantId, row.place, row.checksums_enforced);
    const step = async (state: "opening" | "switched", before: StoreState[]) => {
      const { count } = await db.sql`
        update tenant_stores set state = ${state}, state_at = now()
        where id = ${row.id} and state = any(${before}::text[])`;
      if (count === 0) {
        throw new MoveError("The move was given up meanwhile; its objects are where they were.");
      }
      await objects.refresh();
      await new Promise((resolve) =>
        setTimeout(resolve, options.spreadMs ?? (db.kind === "embedded" ? 0 : SPREAD_MS))
      );
    };
    const copy = (state: StoreState) =>
      copyAll({ db, from, into, tenantId, row: row.id, state, say: options.say ?? (() => {}) });
    let copied = await copy(row.state);
    if (row.state !== "switched") {
      for (let round = 1; copied.fresh > 0 && round < MOST_ROUNDS; round++) copied = await copy("copying");
      if (copied.damaged.length && !options.leaveDamaged) throw damagedWords(copied.damaged);
      await step("opening", ["copying", "opening"]);
      await options.say?.({ ...copied, step: "opening" });
      await step("switched", ["opening"]);
      copied = await copy("switched");
    }
    await db.sql.begin(async (tx) => {
      await tx`
        insert into tenant_stores (id, tenant_id, place, state, checksums_enforced)
        select ${uuidv7()}, ${tenantId}, null, 'current', false
        where not exists (select from tenant_stores where tenant_id = ${tenantId} and state = 'current')`;
      await tx`
        update tenant_stores set state = 'left', state_at = now() where tenant_id = ${tenantId} and state = 'current'`;
      await tx`update tenant_stores set state = 'current', state_at = now() where id = ${row.id}`;
    });
    await objects.refresh();
    return { objects: copied.objects, bytes: copied.bytes, damaged: copied.damaged };
  });
  if (done === "busy") throw new MoveError("Somebody is moving this studio just now.");
  return done;
}

/** Does something while nobody else moves a studio; "busy" where somebody does. */
export function whileNobodyMoves<T>(
  db: Database,
  tenantId: string,
  work: () => Promise<T>,
): Promise<T | "busy"> {
  return db.exclusively([MOVE_LOCK, tenantId], work);
}

/** Gives up a move that has not switched yet; what was copied is for housekeeping. False when there is none. */
export async function cancelMove({ db, objects }: Moving, tenantId: string): Promise<boolean> {
  const { count } = await db.sql`
    update tenant_stores set state = 'left', state_at = now()
    where tenant_id = ${tenantId} and state in ('copying', 'opening')`;
  await objects.refresh();
  return count > 0;
}

/** The row of the way in, new or gone on with; null: it is there already. */
async function begin(
  { db, objects }: Moving,
  tenantId: string,
  { place, checksumsEnforced }: { place: Place | null; checksumsEnforced: boolean },
): Promise<StoreRow | null> {
  const row = await db.sql.begin(async (tx) => {
    await tx`select 1 from tenants where id = ${tenantId} for no key update`;
    const rows = await storeRowsOf(tx, tenantId);
    const coming = rows.find(({ state }) => !["current", "left"].includes(state));
    const current = rows.find(({ state }) => state === "current");
    const found = coming ?? (samePlace(current?.place ?? null, place) ? current : undefined);
    if (coming && !samePlace(coming.place, place)) {
      throw new MoveError(
        `It is on its way to ${placeText(coming.place)}: go on with that` +
          (coming.state === "switched" ? "." : ", or give it up with --cancel."),
      );
    }
    if (found) {
      // The same place, perhaps with other keys.
      await tx`
        update tenant_stores set place = ${
        place === null ? null : tx.json(place)
      }, checksums_enforced = ${checksumsEnforced}
        where id = ${found.id}`;
      return coming ? { ...coming, place, checksums_enforced: checksumsEnforced } : null;
    }
    if (!current && place === null) return null;
    // What was left there is there already.
    const again = rows.filter(({ state, place: left }) => state === "left" && samePlace(left, place));
    for (const { id } of again) await tx`delete from tenant_stores where id = ${id}`;
    const made = {
      id: uuidv7(),
      tenant_id: tenantId,
      place,
      state: "copying" as const,
      checksums_enforced: checksumsEnforced,
    };
    await tx`
      insert into tenant_stores (id, tenant_id, place, state, checksums_enforced)
      values (${made.id}, ${tenantId}, ${
      place === null ? null : tx.json(place)
    }, 'copying', ${checksumsEnforced})`;
    // Its machines open their sessions again and are told of the new store; an agent's process may reach only what it knows.
    await tx`update agents set boot_id = null where tenant_id = ${tenantId}`;
    return made;
  }) as StoreRow | null;
  await objects.refresh();
  return row;
}

interface Copying {
  db: Database;
  from: ObjectStore;
  into: ObjectStore;
  tenantId: string;
  row: string;
  state: StoreState;
  say(progress: Progress): void | Promise<void>;
}

/** One round over all there is; `fresh` counts what was not there yet. */
async function copyAll(
  { db, from, into, tenantId, row, state, say }: Copying,
): Promise<Progress & Moved & { fresh: number }> {
  const prefix = `tenants/${tenantId}/`;
  const total: Progress & Moved & { fresh: number } = {
    ...{ step: state, objects: 0, bytes: 0, allObjects: 0, allBytes: 0, fresh: 0, damaged: [] },
  };
  for await (const { size } of from.list(prefix)) {
    total.allObjects++;
    total.allBytes += size;
  }
  let told = 0;
  const tell = async () => {
    told = performance.now();
    await db.sql`
      update tenant_stores set copied_objects = ${total.objects}, copied_bytes = ${total.bytes},
        all_objects = ${total.allObjects}, all_bytes = ${total.allBytes} where id = ${row}`;
    await say({ ...total });
  };
  await tell();
  const each = async ({ key, size }: { key: string; size: number }) => {
    if (oidOf(key) === null) {
      total.damaged.push(key);
      return;
    }
    try {
      if (!await holds(into, key, size)) {
        // Deleted meanwhile: then there is nothing to bring.
        if (!await transfer(from, into, key)) return;
        total.fresh++;
      }
    } catch (error) {
      if (!(error instanceof ProblemError) || !["unprocessable", "too_large"].includes(error.code)) {
        throw error;
      }
      total.damaged.push(key);
      return;
    }
    total.objects++;
    total.bytes += size;
    if (performance.now() - told > 1000) await tell();
  };
  await someAtOnce(from.list(prefix), each);
  await tell();
  return total;
}

async function someAtOnce<T>(all: AsyncIterable<T>, deed: (each: T) => Promise<void>): Promise<void> {
  const iterator = all[Symbol.asyncIterator]();
  let next = Promise.resolve();
  let ended = false;
  const take = () => {
    const taken = next.then(() => ended ? { done: true as const, value: undefined } : iterator.next());
    next = taken.then((each) => void (ended ||= each.done === true), () => void (ended = true));
    return taken;
  };
  const work = async () => {
    for (;;) {
      const each = await take();
      if (each.done) return;
      try {
        await deed(each.value);
      } catch (error) {
        ended = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = results.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
}

function damagedWords(keys: string[]): MoveError {
  return new MoveError(
    `${keys.length} objects are damaged where they lie, so nothing was switched: ${
      keys.slice(0, 3).join(", ")
    }` +
      `${keys.length > 3 ? ", …" : ""}. Upload them again, or leave them behind with --leave-damaged.`,
  );
}

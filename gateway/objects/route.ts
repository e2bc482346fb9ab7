import type { ObjectStore } from "./mod.ts";
import type { Place } from "./place.ts";
import type { StoreRow } from "./stores_table.ts";

/** Where a studio's objects are to be put and looked for, at one step of its way from one store to another. */
export interface Route {
  write: ObjectStore;
  /** In this order. */
  read: ObjectStore[];
  /** What is not in the first of them, and in another, is brought there when somebody asks for it: it came late, by an old link. */
  bring: boolean;
  /** That something may be in another than the first, though it is no latecomer: a link is signed for where it is. */
  look: boolean;
  /** All places that have or had, or will have, something of it: whatever is deleted is deleted there. */
  all: ObjectStore[];
  /** Places that it has left: they may be closed by now, and only what came late is asked of them. */
  left: ObjectStore[];
}

/**
 * The steps follow each other with pauses in which every gateway learns of them, so that only neighbours are ever in use together:
 *
 * | step     | put       | looked for         |
 * | -------- | --------- | ------------------ |
 * | copying  | old       | old                |
 * | opening  | old       | old, new           |
 * | switched | new       | new, old (brought) |
 * | current  | new       | new, left (brought)|
 */
export function routeOf(rows: StoreRow[], own: ObjectStore, open: (row: StoreRow) => ObjectStore): Route {
  const opened = (row: StoreRow) => row.place === null ? own : open(row);
  const of = (...states: string[]) => rows.filter((row) => states.includes(row.state)).map(opened);
  const current = of("current")[0] ?? own;
  const removed = of("removed");
  if (removed.length) {
    const all = [...new Set([own, ...removed])];
    return { write: own, read: all, bring: false, look: true, all, left: [] };
  }
  const left = of("left").filter((store) => store !== current);
  const coming = rows.find((row) => ["copying", "opening", "switched"].includes(row.state));
  const next = coming ? [opened(coming)] : [];
  const all = [...new Set([current, ...next, ...left])];
  if (coming?.state === "switched") {
    return { write: next[0]!, read: [...next, current, ...left], bring: true, look: true, all, left };
  }
  const opening = coming?.state === "opening";
  return {
    write: current,
    read: [current, ...(opening ? next : []), ...left.filter((store) => !next.includes(store))],
    bring: !opening && left.length > 0,
    look: opening,
    all,
    left,
  };
}

export function placeKey(tenantId: string, place: Place | null, checksumsEnforced: boolean): string {
  return JSON.stringify([tenantId, place, checksumsEnforced]);
}

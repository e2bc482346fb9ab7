import type { Config } from "../config.ts";
import type { Database } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { openDiskStore } from "./disk.ts";
import { keysOf } from "./keys.ts";
import type { ObjectStore } from "./mod.ts";
import type { Place } from "./place.ts";
import { placeKey, type Route, routeOf } from "./route.ts";
import { routed } from "./routed.ts";
import { type StoreRow, storeRows } from "./stores_table.ts";
import { outside } from "../outside.ts";

/**
 * The gateway's own store, which the configuration names: a bucket by S3_BUCKET, else files in the data folder. The client of S3 is
 * loaded where there is a bucket: it takes some 25 MB.
 */
export async function openObjectStore(studio: Studio): Promise<ObjectStore> {
  const { s3 } = studio.config;
  return s3 ? (await loadS3()).openS3Store(s3) : openDiskStore(studio);
}

const loadS3 = () => outside(() => import("./s3.ts"));

/** Milliseconds that a gateway goes by what it has read of the studios' places. */
const FRESH_MS = 1000;
/** Milliseconds after which every gateway goes by what was written: it has read it, or asks before it does anything. */
export const SPREAD_MS = 2500;

/** All stores behind one: each object where its studio's are. */
export interface Stores extends ObjectStore {
  own: ObjectStore;
  /** A place as a studio would have it, opened; it is closed with this. */
  at(tenantId: string, place: Place | null, checksumsEnforced: boolean): Promise<ObjectStore>;
  route(tenantId: string): Promise<Route>;
  /** Studios that have or had a place of their own. */
  tenants(): Promise<string[]>;
  /** What this process itself has written about places is read at once. */
  refresh(): Promise<void>;
}

/**
 * Opens the gateway's own store and, when an object of them is asked for, those of studios that have one.
 *
 * @param given an own store that is open already, and is not closed with this.
 */
export async function openStores(
  studio: { config: Config; db: Database } & Partial<Studio>,
  given?: ObjectStore,
): Promise<Stores> {
  const { config, db } = studio;
  const own = given ?? await openObjectStore(studio as Studio);
  const opened = new Map<string, ObjectStore>();
  let rows: Map<string, StoreRow[]> = new Map();
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;

  const at = async (tenantId: string, place: Place | null, checksumsEnforced: boolean) => {
    if (place === null) return own;
    const { openS3Store } = await loadS3();
    const name = placeKey(tenantId, place, checksumsEnforced);
    let store = opened.get(name);
    if (!store) {
      const { bucket, endpoint, region, prefix } = place;
      store = openS3Store({
        ...{ bucket, endpoint, region, prefix, checksumsEnforced },
        ...(config.s3 ? { largestPut: config.s3.largestPut } : {}),
        ...keysOf(place, tenantId, config),
        settings: "it with `deno task studio store`",
      });
      opened.set(name, store);
    }
    return store;
  };
  const read = async () => {
    const asked = performance.now();
    rows = Map.groupBy(await storeRows(db.sql), (row) => row.tenant_id);
    readAt = asked;
  };
  // Embedded there is one process, and asking in the middle of its transactions would wait for itself.
  const known = async () => {
    if (db.kind === "embedded") return rows;
    // From now: a database that takes its time is not asked for ever. One that is being asked may have been asked too early.
    const since = performance.now() - FRESH_MS;
    while (readAt < since) await (reading ??= read().finally(() => reading = null));
    return rows;
  };
  try {
    await read();
  } catch (error) {
    if (!given) await own[Symbol.asyncDispose]();
    throw error;
  }
  return routed({
    own,
    at,
    async route(tenantId) {
      const of = (await known()).get(tenantId) ?? [];
      const stores = new Map<StoreRow, ObjectStore>();
      for (const row of of) stores.set(row, await at(tenantId, row.place, row.checksums_enforced));
      return routeOf(of, own, (row) => stores.get(row)!);
    },
    tenants: async () => [...(await known()).keys()],
    refresh: read,
    async close() {
      for (const store of opened.values()) await store[Symbol.asyncDispose]();
      if (!given) await own[Symbol.asyncDispose]();
    },
  });
}

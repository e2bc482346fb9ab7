import type { ObjectStore, Unfinished } from "./mod.ts";
import type { Stores } from "./open.ts";
import type { Route } from "./route.ts";
import { oidOf, transfer } from "./transfer.ts";

const TENANT = /^tenants\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/;

/** Each object where its studio's are (route.ts); what is no studio's in the gateway's own store. */
export function routed(
  places: Pick<Stores, "own" | "at" | "route" | "tenants" | "refresh"> & { close(): Promise<void> },
): Stores {
  const { own } = places;
  const routeOf = async (key: string): Promise<Route> => {
    const tenant = TENANT.exec(key)?.[1];
    return tenant === undefined
      ? { write: own, read: [own], bring: false, look: false, all: [own], left: [] }
      : await places.route(tenant);
  };
  /** The store that has it, after it was brought where it belongs if it came late; null: none has. */
  const whereIs = async (key: string, route: Route): Promise<ObjectStore | null> => {
    for (const [at, store] of route.read.entries()) {
      if (!await unlessLeft(store, route, store.head(key))) continue;
      if (at === 0 || !route.bring || oidOf(key) === null) return store;
      return await transfer(store, route.read[0]!, key) ? route.read[0]! : store;
    }
    return null;
  };
  /** A long upload of the gateway's own may end after the studio has moved. */
  const followed = async (key: string, wrote: ObjectStore) => {
    const { write } = await routeOf(key);
    if (write !== wrote && !await write.head(key)) await transfer(wrote, write, key);
  };
  /** A bucket that a studio has left may be gone. */
  const unlessLeft = <T>(store: ObjectStore, { left }: Route, asked: Promise<T>): Promise<T | null> =>
    left.includes(store) ? asked.catch(() => null) : asked;
  const from = new WeakMap<Unfinished, ObjectStore>();
  async function* unfinishedOf(store: ObjectStore, prefix: string) {
    for await (const upload of store.unfinished(prefix)) {
      from.set(upload, store);
      yield upload;
    }
  }
  async function* listOf(prefix: string, route: Route) {
    // What came late to a place that it has left is brought when it is asked for, by its name.
    const read = route.read.filter((store) => !route.left.includes(store));
    const seen = read.length > 1 ? new Set<string>() : null;
    for (const store of read) {
      for await (const each of store.list(prefix)) {
        if (seen?.has(each.key)) continue;
        seen?.add(each.key);
        yield each;
      }
    }
  }
  /** Studios elsewhere whose keys begin so. */
  const elsewhere = async (prefix: string) =>
    (await places.tenants()).filter((id) => `tenants/${id}/`.startsWith(prefix));

  return {
    ...places,
    kind: own.kind,
    origins: own.origins,
    largestPut: own.largestPut,
    parts: own.parts,
    longestLinkS: own.longestLinkS,
    of: async (tenantId) => (await places.route(tenantId)).write,
    async originsOf(tenantId) {
      return [...new Set((await places.route(tenantId)).all.flatMap((store) => store.origins))];
    },
    async head(key) {
      const route = await routeOf(key);
      if (route.read.length === 1) return await route.write.head(key);
      return await (await whereIs(key, route))?.head(key) ?? null;
    },
    async get(key, range) {
      const route = await routeOf(key);
      const first = await route.read[0]!.get(key, range);
      if (first || route.read.length === 1) return first;
      return await (await whereIs(key, route))?.get(key, range) ?? null;
    },
    async put(key, body, expected) {
      const { write } = await routeOf(key);
      await write.put(key, body, expected);
      await followed(key, write);
    },
    async copy(source, target) {
      const [a, b] = [await routeOf(source), await routeOf(target)];
      const holder = a.read.length === 1 ? a.write : await whereIs(source, a);
      if (!holder) return false;
      if (holder === b.write) {
        if (!await holder.copy(source, target)) return false;
      } else {
        const [oid, got] = [oidOf(source), await holder.get(source)];
        if (!got || oid === null) return false;
        await b.write.put(target, got.stream, { oid, size: got.size });
      }
      await followed(target, b.write);
      return true;
    },
    async delete(key) {
      const route = await routeOf(key);
      const { read, all } = route;
      await read[0]!.delete(key);
      for (const store of all) if (store !== read[0]) await unlessLeft(store, route, store.delete(key));
    },
    async *list(prefix) {
      if (TENANT.test(prefix)) return yield* listOf(prefix, await routeOf(prefix));
      const others = await elsewhere(prefix);
      for await (const each of own.list(prefix)) {
        if (!others.includes(TENANT.exec(each.key)?.[1] ?? "")) yield each;
      }
      for (const id of others) yield* listOf(`tenants/${id}/`, await places.route(id));
    },
    async signedPut(key, expected, expiresS) {
      return await (await routeOf(key)).write.signedPut(key, expected, expiresS);
    },
    async signedGet(key, options) {
      const route = await routeOf(key);
      const holder = route.look ? await whereIs(key, route) : null;
      return await (holder ?? route.read[0]!).signedGet(key, options);
    },
    async *unfinished(prefix) {
      const tenant = TENANT.exec(prefix)?.[1];
      const stores = tenant === undefined ? [own] : (await places.route(tenant)).all;
      for (const store of stores) yield* unfinishedOf(store, prefix);
      if (tenant !== undefined) return;
      for (const id of await elsewhere(prefix)) {
        const { all } = await places.route(id);
        for (const store of all) if (store !== own) yield* unfinishedOf(store, `tenants/${id}/`);
      }
    },
    drop: (upload) => (from.get(upload) ?? own).drop(upload),
    selfTest: (folder) => own.selfTest(folder),
    routes: () => own.routes(),
    [Symbol.asyncDispose]: places.close,
  };
}

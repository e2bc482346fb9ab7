import type { Operation } from "../../../shared/canvas/operations.ts";

/** Whose work on which document: nobody's is ever sent as somebody else's. */
export interface Whose {
  tenant: string;
  user: string;
  project: string;
  branch: string;
}

/** A gesture that the studio has not confirmed. */
export interface KeptGesture {
  label: string;
  /** As Yjs wrote it. */
  update: Uint8Array;
  /** What it did, to be read by people and done again. */
  operations: Operation[];
  /** When, ISO 8601. */
  at: string;
}

/** A gesture that the studio would not take, until the person has looked at it. */
export interface RefusedGesture {
  label: string;
  reason: string;
  operations: Operation[];
  at: string;
}

export type Key = [where: string, page: number, tab: string, nth: number];

/**
 * This computer's memory of what one person did on one document and the studio does not have: it outlives the tab, the browser and the
 * gateway. Keys sort by page, then by the order in which things were done.
 */
export interface Kept extends Disposable {
  /** Keys for new entries, each after the last. */
  key(): Key;
  /** Writes and forgets, in that order and together; resolves when that is on the disk. */
  write(change: { put?: [Key, KeptGesture][]; forget?: Key[] }): Promise<void>;
  /** What pages left that are no longer open, oldest first. */
  left(): Promise<[Key, KeptGesture][]>;
  refuse(key: Key, gesture: RefusedGesture): Promise<void>;
  refused(): Promise<[Key, RefusedGesture][]>;
  forgive(key: Key): Promise<void>;
}

const DATABASE = "studio-canvas";
const GESTURES = "gestures", REFUSED = "refused";

/** Opens the memory; null where the browser has none (it is forbidden, or full). */
export async function openKept(whose: Whose): Promise<Kept | null> {
  const db = await open().catch(() => null);
  if (!db) return null;
  const where = [whose.tenant, whose.user, whose.project, whose.branch].join("/");
  const page = Date.now(), tab = crypto.randomUUID();
  const close = holdLock(lockOf(where, tab));
  let count = 0;

  function change(store: string, run: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = db!.transaction(store, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      run(transaction.objectStore(store));
      // At once: a page that is being closed hears of no request any more.
      transaction.commit();
    });
  }

  return {
    key: () => [where, page, tab, count++],
    write: ({ put = [], forget = [] }) =>
      change(GESTURES, (store) => {
        for (const [key, gesture] of put) store.put(gesture, key);
        for (const key of forget) store.delete(key);
      }),
    async left() {
      const open = await openTabs();
      const all = await entries<KeptGesture>(db, GESTURES, where);
      return all.filter(([[, , tab]]) => !open.has(lockOf(where, tab)));
    },
    refuse: (key, gesture) => change(REFUSED, (store) => store.put(gesture, key)),
    refused: () => entries<RefusedGesture>(db, REFUSED, where),
    forgive: (key) => change(REFUSED, (store) => store.delete(key)),
    [Symbol.dispose]() {
      close();
      db.close();
    },
  };
}

/** How much of a person's waits on this computer, by project. */
export async function countKept(tenant: string, user: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const db = await open().catch(() => null);
  if (!db) return counts;
  const keys = await new Promise<Key[]>((resolve, reject) => {
    const whose = `${tenant}/${user}/`;
    const request = db.transaction(GESTURES).objectStore(GESTURES)
      .getAllKeys(IDBKeyRange.bound([whose], [`${whose}\uffff`]));
    request.onsuccess = () => resolve(request.result as unknown as Key[]);
    request.onerror = () => reject(request.error);
  }).catch(() => []);
  db.close();
  for (const [where] of keys) {
    const project = where.split("/")[2]!;
    counts.set(project, (counts.get(project) ?? 0) + 1);
  }
  return counts;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const name of [GESTURES, REFUSED]) request.result.createObjectStore(name);
    };
    request.onsuccess = () => {
      // A newer page of the studio may change it.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

/** Everything of one place, by key. */
function entries<T>(db: IDBDatabase, name: string, where: string): Promise<[Key, T][]> {
  return new Promise((resolve, reject) => {
    const found: [Key, T][] = [];
    const request = db.transaction(name).objectStore(name)
      .openCursor(IDBKeyRange.bound([where], [where, []]));
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve(found);
      found.push([cursor.key as Key, cursor.value as T]);
      cursor.continue();
    };
    request.onerror = () => reject(request.error);
  });
}

const lockOf = (where: string, tab: string) => `${DATABASE}/${where}/${tab}`;

/** Held while the page lives; the browser lets it go with the page, however that ends. */
function holdLock(name: string): () => void {
  let release = () => {};
  void navigator.locks?.request(name, () => new Promise<void>((resolve) => release = resolve));
  return () => release();
}

/** Locks of pages that are open now. Where there are none to ask, a gesture may be sent by two pages: that does it once. */
async function openTabs(): Promise<Set<string>> {
  const { held = [] } = await navigator.locks?.query() ?? {};
  return new Set(held.map((lock) => lock.name ?? ""));
}

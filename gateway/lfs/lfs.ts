import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";
import { Oid, type Pointer } from "../../shared/lfs/pointer.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Studio } from "../studio.ts";
import { batch } from "./batch.ts";
import { createLock, listLocks, lockedWords, lockInTheWay, removeLock } from "./locks.ts";
import type { Lfs, Owner } from "./mod.ts";
import { announce, findRows, markReady, readySize, touchRows } from "./rows.ts";
import { keyOf as keyOfOwner } from "./tables.ts";
import { unlockable } from "./unlockable.ts";

export function createLfs(studio: Studio): Lfs {
  const keyOf = (project: Owner, oid: string) => keyOfOwner(project, requireOid(oid));
  const sizeOf = async (owner: Owner, oid: string) => {
    const row = (await findRows(studio.db.sql, owner, [oid])).get(oid);
    return row?.state === "ready" ? row.size : null;
  };
  const changed = (owner: Owner) => {
    if (owner.kind === undefined) studio.events.publish(owner.tenant_id, owner.id, { type: "locks" });
  };
  const verifying = new Map<string, Promise<void>>();
  const begin = async (project: Owner, key: string, pointer: Pointer) => {
    // The row before the bytes are looked at: from here on nobody clears them away.
    await announce(studio.db.sql, project, [pointer]);
    await verify(studio, key, pointer);
    await markReady(studio.db.sql, project, pointer);
  };
  const room: Lfs = {
    batch: (project, request, access) => batch(studio, project, request, access),
    async verify(project, pointer) {
      const key = keyOf(project, pointer.oid);
      // Who asks again while a large one is being hashed waits for the same hashing.
      const name = `${key} ${pointer.size}`;
      const begun = verifying.get(name) ?? begin(project, key, pointer).finally(() => verifying.delete(name));
      verifying.set(name, begun);
      await inTime(begun, pointer);
    },
    ready: readySize,
    async readyAmong(q, owner, oids) {
      if (oids.length === 0) return new Map();
      const rows = [...await touchRows(q, owner, [...new Set(oids)])];
      return new Map(rows.flatMap(([oid, row]) => row.state === "ready" ? [[oid, row.size]] : []));
    },
    async share(from, to, oid) {
      if (from.tenant_id !== to.tenant_id) throw new Error("Cannot share an object with another tenant");
      const { sql } = studio.db;
      // Touched, so that nobody clears it away before it is referred to.
      const readyIn = async (owner: Owner) => {
        const row = (await touchRows(sql, owner, [oid])).get(oid);
        return row?.state === "ready" ? row.size : null;
      };
      const had = await readyIn(to);
      if (had !== null) return { oid, size: had };
      const size = await readyIn(from);
      const { largestPut } = await studio.objects.of(to.tenant_id);
      if (size !== null && largestPut !== null && size > largestPut) {
        throw new ProblemError(
          "too_large",
          `The file with the hash ${oid.slice(0, 12)}… has ${
            (size / 1024 ** 3).toFixed(1)
          } GiB; this studio's store copies at ` +
            `most ${(largestPut / 1024 ** 3).toFixed(1)} GiB at once.`,
        );
      }
      if (size !== null) await studio.plans.requireRoom(sql, to.tenant_id, size);
      if (size !== null) await announce(sql, to, [{ oid, size }]);
      if (size === null || !await studio.objects.copy(keyOf(from, oid), keyOf(to, oid))) {
        throw new ProblemError(
          "unprocessable",
          `The file with the hash ${
            oid.slice(0, 12)
          }… is not in the studio's store (any more); upload it again.`,
        );
      }
      await markReady(studio.db.sql, to, { oid, size });
      return { oid, size };
    },
    locks: {
      list: (owner, where = {}, page = { limit: 1000 }) => listLocks(studio.db.sql, owner, where, page),
      async create(owner, lock) {
        const fault = owner.kind === undefined ? unlockable(lock.path) : null;
        if (fault) throw new ProblemError("forbidden", fault);
        const done = await createLock(studio.db.sql, owner, lock);
        if (done.made) changed(owner);
        return done;
      },
      async release(owner, lock, user) {
        if (!await removeLock(studio.db.sql, owner, lock.id)) return false;
        changed(owner);
        if (lock.user_id !== user.user_id) {
          await writeAudit(studio.db.sql, {
            tenantId: owner.tenant_id,
            who: user,
            what: "lock_broken",
            subject: { id: owner.id, name: lock.path },
            detail: { owner: lock.owner },
          });
        }
        return true;
      },
      async refuse(q, owner, paths, userId) {
        const lock = await lockInTheWay(q, owner, paths, userId);
        if (lock) throw new ProblemError("locked", lockedWords(lock));
      },
    },
    async store(project, bytes) {
      const pointer = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
      await room.keep(project, bytes, pointer);
      return pointer;
    },
    async copy(from, to, pointer) {
      if (await readySize(studio.db.sql, to.id, pointer.oid) !== null) return;
      const got = await studio.objects.get(keyOf(from, pointer.oid));
      if (!got) {
        throw new ProblemError("not_found", `The object ${pointer.oid} is not in the store any more.`);
      }
      await room.keep(to, got.stream, pointer);
    },
    async keep(project, bytes, pointer) {
      const key = keyOf(project, pointer.oid);
      await announce(studio.db.sql, project, [pointer]);
      await studio.objects.put(key, bytes, pointer);
      await markReady(studio.db.sql, project, pointer);
    },
    async read(project, oid) {
      if (await sizeOf(project, oid) === null) return null;
      return (await studio.objects.get(keyOf(project, oid)))?.stream ?? null;
    },
    url: (project, oid, options = {}) =>
      studio.objects.signedGet(keyOf(project, oid), {
        expiresS: options.expiresS ?? 3600,
        fileName: options.fileName,
        contentType: options.contentType,
      }),
  };
  return room;
}

/** Milliseconds that a caller is kept waiting: proxies between end a silent request after a minute or two. */
const PATIENCE_MS = 50_000;

/** Hashing goes on when nobody waits; whoever comes back finds it done, or still at it. */
async function inTime(begun: Promise<void>, { oid }: Pointer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new ProblemError("unavailable", `The object ${oid} is still being checked; ask again in a moment.`),
        ),
      PATIENCE_MS,
    );
  });
  try {
    await Promise.race([begun, late]);
  } finally {
    clearTimeout(timer);
    begun.catch(() => {});
  }
}

/** Compares what the store holds with what was announced; hashes it once where the store itself checks nothing. */
async function verify(studio: Studio, key: string, { oid, size }: Pointer): Promise<void> {
  const stored = await studio.objects.head(key);
  if (stored === null) {
    throw new ProblemError(
      "not_found",
      `The object ${oid} has not been uploaded; upload it, then verify it.`,
    );
  }
  if (stored.size !== size) {
    throw new ProblemError(
      "unprocessable",
      `The object ${oid} has ${stored.size} bytes, not ${size}; upload it again.`,
    );
  }
  const sha256 = stored.sha256 ?? await hashStored(studio, key);
  if (sha256 !== oid) {
    await studio.objects.delete(key);
    throw new ProblemError(
      "unprocessable",
      `The bytes uploaded as ${oid} have the SHA-256 ${sha256}; they were thrown away, upload the object again.`,
    );
  }
}

async function hashStored(studio: Studio, key: string): Promise<string> {
  const hash = createHash("sha256");
  const got = await studio.objects.get(key);
  for await (const chunk of got?.stream ?? []) hash.update(chunk);
  return hash.digest("hex");
}

function requireOid(oid: string): string {
  if (!Oid.safeParse(oid).success) {
    throw new ProblemError("unprocessable", "The oid must be a SHA-256 in 64 lower-case hex digits.");
  }
  return oid;
}

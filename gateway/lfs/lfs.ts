import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";
import { Oid, type Pointer } from "../../shared/lfs/pointer.ts";
import { lfsKey } from "../objects/mod.ts";
import type { Studio } from "../studio.ts";
import { batch } from "./batch.ts";
import type { Lfs, Owner } from "./mod.ts";
import { markReady, readySize } from "./rows.ts";

export function createLfs(studio: Studio): Lfs {
  const keyOf = (project: Owner, oid: string) => lfsKey(project.tenant_id, project.id, requireOid(oid));
  return {
    batch: (project, request, access) => batch(studio, project, request, access),
    async verify(project, pointer) {
      await verify(studio, keyOf(project, pointer.oid), pointer);
      await markReady(studio.db.sql, project, pointer);
    },
    ready: readySize,
    async store(project, bytes) {
      const pointer = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
      await studio.objects.put(keyOf(project, pointer.oid), bytes, pointer);
      await markReady(studio.db.sql, project, pointer);
      return pointer;
    },
    async copy(from, to, pointer) {
      if (await readySize(studio.db.sql, to.id, pointer.oid) !== null) return;
      const got = await studio.objects.get(keyOf(from, pointer.oid));
      if (!got) {
        throw new ProblemError("not_found", `The object ${pointer.oid} is not in the store any more.`);
      }
      await studio.objects.put(keyOf(to, pointer.oid), got.stream, pointer);
      await markReady(studio.db.sql, to, pointer);
    },
    async read(project, oid) {
      if (await readySize(studio.db.sql, project.id, oid) === null) return null;
      return (await studio.objects.get(keyOf(project, oid)))?.stream ?? null;
    },
    url: (project, oid, options = {}) =>
      studio.objects.signedGet(keyOf(project, oid), {
        expiresS: options.expiresS ?? 3600,
        fileName: options.fileName,
        contentType: options.contentType,
      }),
  };
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

import { ProblemError } from "../../shared/http/problem.ts";
import type { BatchAction } from "../../shared/lfs/batch.ts";
import { type PartsReply, sizeOfPart } from "../../shared/lfs/multipart.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import { lfsKey, type Parts } from "../objects/mod.ts";
import type { Studio } from "../studio.ts";
import { linkS } from "./batch.ts";
import type { Owner } from "./mod.ts";
import { announce } from "./rows.ts";

/** Bytes of a part where nothing asks for larger ones: small enough to be sent again when it broke off. */
const PART = 64 * 1024 ** 2;
/** S3's limit. */
const MOST_PARTS = 10_000;
const MIB = 1024 ** 2;

interface Row {
  upload_id: string;
  part_size: number;
  size: number;
}

/** One upload in parts, begun or gone on with: which parts the store does not have. */
export async function partsOf(studio: Studio, project: Owner, pointer: Pointer): Promise<PartsReply> {
  const { parts, key, largestPut } = await storeOf(studio, project, pointer);
  await announce(studio.db.sql, project, [pointer]);
  for (;;) {
    const row = await touched(studio, project, pointer) ??
      await begin(studio, project, pointer, { parts, key, largestPut });
    const there = row.size === pointer.size ? await parts.list(key, row.upload_id) : null;
    if (there) return { part_size: row.part_size, missing: missingOf(row, there) };
    // Completed, given up, cleared away by the store, or announced with another size: from the beginning.
    await forget(studio, project, row);
    await parts.abort(key, row.upload_id);
  }
}

/** Where one part's bytes go, and only those. */
export async function partAction(
  studio: Studio,
  project: Owner,
  { number, sha256, ...pointer }: Pointer & { number: number; sha256: string },
): Promise<BatchAction> {
  const { parts, key, link } = await storeOf(studio, project, pointer);
  const row = await touched(studio, project, pointer);
  if (!row || row.size !== pointer.size) throw unknown(pointer);
  const size = sizeOfPart(number, row);
  if (size <= 0) {
    throw new ProblemError(
      "unprocessable",
      `The object ${pointer.oid} has no part ${number}; ask for its parts.`,
    );
  }
  const { href, header } = await parts.signedPart(key, row.upload_id, { number, size, sha256 }, link.signedS);
  return { href, header, expires_in: link.expiresInS };
}

/** All parts become the object. Done twice changes nothing. */
export async function completeParts(studio: Studio, project: Owner, pointer: Pointer): Promise<void> {
  const { parts, key } = await storeOf(studio, project, pointer);
  const row = await touched(studio, project, pointer);
  if (!row || row.size !== pointer.size) {
    if ((await studio.objects.head(key))?.size === pointer.size) return;
    throw unknown(pointer);
  }
  const there = await parts.list(key, row.upload_id);
  const missing = there ? missingOf(row, there) : [];
  if (missing.length) {
    throw new ProblemError(
      "unprocessable",
      `${missing.length} parts of ${pointer.oid} are not in the store yet; send them, then complete it.`,
    );
  }
  if (there) await parts.complete(key, row.upload_id);
  // An answer of the store was lost, and it has been put together already; or it was begun in a store that the studio has left.
  else if ((await studio.objects.head(key))?.size !== pointer.size) {
    await forget(studio, project, row);
    throw unknown(pointer);
  }
  await forget(studio, project, row);
}

export async function abortParts(studio: Studio, project: Owner, pointer: Pointer): Promise<void> {
  const { parts, key } = await storeOf(studio, project, pointer);
  const row = await touched(studio, project, pointer);
  if (!row) return;
  await forget(studio, project, row);
  await parts.abort(key, row.upload_id);
}

/** Bytes of each part: as many as the store's number of parts demands, never more than one PUT takes. */
export function partSizeOf(size: number, largestPut: number): number {
  const needed = Math.ceil(size / MOST_PARTS / MIB) * MIB;
  return Math.min(largestPut, Math.max(needed, Math.min(PART, largestPut)));
}

async function storeOf(
  studio: Studio,
  project: Owner,
  { oid, size }: Pointer,
): Promise<{ parts: Parts; key: string; largestPut: number; link: { signedS: number; expiresInS: number } }> {
  const store = await studio.objects.of(project.tenant_id);
  const { parts, largestPut } = store;
  if (!parts || largestPut === null || size <= largestPut) {
    throw new ProblemError("unprocessable", "This object goes in one piece; ask the batch for its upload.");
  }
  if (size > largestPut * MOST_PARTS) {
    throw new ProblemError("too_large", `An object of ${size} bytes is larger than the store takes.`);
  }
  return { parts, key: lfsKey(project.tenant_id, project.id, oid), largestPut, link: linkS(store) };
}

function missingOf({ size, part_size }: Row, there: Map<number, number>): PartsReply["missing"] {
  const numbers = Array.from({ length: Math.ceil(size / part_size) }, (_, at) => at + 1);
  return numbers.map((number) => ({ number, size: sizeOfPart(number, { size, part_size }) }))
    .filter((part) => there.get(part.number) !== part.size);
}

/** The upload under way, kept for another while. */
async function touched({ db }: Studio, project: Owner, { oid }: Pointer): Promise<Row | null> {
  const [row] = await db.sql<Row[]>`
    update lfs_multiparts set touched_at = now()
    where project_id = ${project.id} and tenant_id = ${project.tenant_id} and oid = ${oid}
    returning upload_id, part_size, size`;
  return row ?? null;
}

async function begin(
  studio: Studio,
  project: Owner,
  { oid, size }: Pointer,
  { parts, key, largestPut }: { parts: Parts; key: string; largestPut: number },
): Promise<Row> {
  const row = {
    upload_id: await parts.begin(key),
    part_size: partSizeOf(size, largestPut),
    size,
  };
  const [made] = await studio.db.sql`
    insert into lfs_multiparts ${
    studio.db.sql({ ...row, oid, project_id: project.id, tenant_id: project.tenant_id })
  }
    on conflict (project_id, oid) do nothing returning 1`;
  if (made) return row;
  // Another agent with the same film was faster: both send to the same one.
  await parts.abort(key, row.upload_id);
  return await touched(studio, project, { oid, size }) ??
    await begin(studio, project, { oid, size }, { parts, key, largestPut });
}

async function forget({ db }: Studio, project: Owner, { upload_id }: Row): Promise<void> {
  await db.sql`delete from lfs_multiparts where project_id = ${project.id} and upload_id = ${upload_id}`;
}

function unknown({ oid }: Pointer): ProblemError {
  return new ProblemError("conflict", `There is no upload of ${oid} under way; ask the batch to begin one.`);
}

import type { BatchAction, BatchObject, BatchRequest, BatchResponse } from "../../shared/lfs/batch.ts";
import { MULTIPART } from "../../shared/lfs/multipart.ts";
import { Oid, type Pointer } from "../../shared/lfs/pointer.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ObjectStore } from "../objects/mod.ts";
import type { Studio } from "../studio.ts";
import type { Owner } from "./mod.ts";
import { announce, findRows, markMissing, markReady, type ObjectRow, touchRows } from "./rows.ts";
import { keyOf } from "./tables.ts";
import { signVerify, VERIFY_HEADER } from "./verify_token.ts";

const SIGNED_S = 3600;
/** A slow upload may begin in the last second of its link and take hours. */
const VERIFY_S = 24 * 3600;

/** Objects looked up in the store at the same time for one batch. */
const CONCURRENCY = 16;

interface Access {
  write: boolean;
  baseUrl: string;
  finished?: boolean;
}

/** The answer is 200 whatever becomes of single objects (git-lfs docs/api/batch.md); each carries its own error. */
export async function batch(
  studio: Studio,
  project: Owner,
  request: BatchRequest,
  access: Access,
): Promise<BatchResponse> {
  const { operation, objects } = request;
  if (operation === "upload" && !access.write) {
    throw new ProblemError(
      "forbidden",
      "You may read this project's files but not add any; ask its owner for the artist role.",
    );
  }
  const hash = request.hash_algo ?? "sha256";
  const inParts = project.kind === undefined && (request.transfers?.includes(MULTIPART) ?? false);
  const store = await studio.objects.of(project.tenant_id);
  const { largestPut } = store;
  const link = linkS(store);
  const isLarge = ({ size }: Pointer) => operation === "upload" && largestPut !== null && size > largestPut;
  const faultOf = (object: Pointer) =>
    fault(object) ?? (isLarge(object) && !inParts ? tooLarge(object, largestPut!) : null);
  const sound = hash === "sha256" ? objects.filter((each) => faultOf(each) === null) : [];
  const oids = [...new Set(sound.map((each) => each.oid))];
  // Before the store is looked at: what is told to be there must not be cleared away before it is referred to.
  const rows = await (operation === "upload" ? touchRows : findRows)(studio.db.sql, project, oids);
  const announced = new Map<string, Pointer>();
  const left = operation === "upload" && !access.finished
    ? await studio.plans.left(studio.db.sql, project.tenant_id)
    : null;
  let coming = 0;

  const answer = async (object: Pointer): Promise<BatchObject> => {
    if (hash !== "sha256") return failed(object, 409, `This studio knows objects by sha256, not by ${hash}.`);
    const wrong = faultOf(object);
    if (wrong !== null) return failed(object, 422, wrong);
    const found = await look(studio, project, object, rows.get(object.oid));
    if (found.state === "other size") {
      return failed(object, 422, `The object ${object.oid} has ${found.size} bytes, not ${object.size}.`);
    }
    if (operation === "download") {
      if (found.state === "lost") {
        return failed(
          object,
          410,
          `The object ${object.oid} is gone from the studio's store; upload it again.`,
        );
      }
      if (found.state === "absent") {
        return failed(
          object,
          404,
          `This project has no object ${object.oid}; whoever committed it has yet to upload it.`,
        );
      }
      return {
        ...pick(object),
        authenticated: true,
        actions: { download: await download(studio, project, object, link) },
      };
    }
    if (found.state === "present") return pick(object);
    if (left && !announced.has(object.oid)) {
      // 507: docs/api/batch.md has it for storage that is used up.
      if (left.bytes < coming + object.size || left.bytes === 0) {
        return failed(object, 507, left.refusal(coming + object.size));
      }
      coming += object.size;
    }
    announced.set(object.oid, pick(object));
    const verify = await verifyAction(studio, project, object, access.baseUrl);
    if (!isLarge(object)) {
      return {
        ...pick(object),
        authenticated: true,
        actions: { ...await upload(studio, project, object, link), verify },
      };
    }
    // All its parts came and were put together, and whoever sent them never heard the end: nothing is sent again.
    if (found.state === "absent" && found.size === object.size) {
      return { ...pick(object), actions: { verify } };
    }
    return { ...pick(object), actions: { multipart: { href: `${access.baseUrl}/multipart` }, verify } };
  };
  const answered = await mapSome(objects, CONCURRENCY, answer);
  await announce(studio.db.sql, project, [...announced.values()]);
  const transfer = answered.some((each) => each.actions?.multipart) ? MULTIPART : "basic";
  return { transfer, hash_algo: "sha256", objects: answered };
}

type Found =
  | { state: "present" | "lost" }
  /** `size`: of bytes that lie in its place, and that nobody has hashed. */
  | { state: "absent"; size?: number }
  | { state: "other size"; size: number };

/** Row and store together. An upload whose verify was lost is adopted; a row whose bytes are lost is opened again. */
async function look(studio: Studio, project: Owner, object: Pointer, row?: ObjectRow): Promise<Found> {
  const { sql } = studio.db;
  const stored = await studio.objects.head(keyOf(project, object.oid));
  if (row?.state === "ready") {
    if (stored === null) {
      await markMissing(sql, project, object.oid);
      return { state: "lost" };
    }
    return row.size === object.size ? { state: "present" } : { state: "other size", size: row.size };
  }
  // Without a checksum of the store's own nothing says that these are the right bytes: they are sent, and hashed, again.
  if (stored?.sha256 !== object.oid) return { state: "absent", ...(stored ? { size: stored.size } : {}) };
  await announce(sql, project, [{ oid: object.oid, size: stored.size }]);
  if (await studio.objects.head(keyOf(project, object.oid)) === null) {
    return { state: "absent" };
  }
  await markReady(sql, project, { oid: object.oid, size: stored.size });
  return stored.size === object.size ? { state: "present" } : { state: "other size", size: stored.size };
}

function fault({ oid, size }: Pointer): string | null {
  if (!Oid.safeParse(oid).success) return "The oid must be a SHA-256 in 64 lower-case hex digits.";
  if (!Number.isSafeInteger(size) || size < 0) return "The size must be a whole number of bytes, 0 or more.";
  return null;
}

/**
 * Seconds that links are signed for: an hour, where the store's keys last so long. Said to be a little less, so that no client starts
 * with a link that is about to expire.
 */
export function linkS({ longestLinkS }: ObjectStore): { signedS: number; expiresInS: number } {
  const signedS = Math.min(SIGNED_S, longestLinkS ?? SIGNED_S);
  return { signedS, expiresInS: signedS - 120 };
}

/** The basic transfer of LFS is one PUT. */
function tooLarge({ size }: Pointer, largestPut: number): string {
  return `An object of ${sizeText(size)} is too large: git lfs sends at most ${
    sizeText(largestPut)
  } to this studio's store. Split the file, or store it outside the repository.`;
}

function sizeText(bytes: number): string {
  return bytes >= 1024 ** 3
    ? `${Number((bytes / 1024 ** 3).toFixed(1))} GiB`
    : `${Number((bytes / 1024 ** 2).toFixed(1))} MiB`;
}

async function upload(
  studio: Studio,
  project: Owner,
  { oid, size }: Pointer,
  link: { signedS: number; expiresInS: number },
): Promise<{ upload: BatchAction }> {
  const key = keyOf(project, oid);
  const put = await studio.objects.signedPut(key, { oid, size }, link.signedS);
  return { upload: { href: put.href, header: put.header, expires_in: link.expiresInS } };
}

async function verifyAction(
  studio: Studio,
  project: Owner,
  { oid, size }: Pointer,
  baseUrl: string,
): Promise<BatchAction> {
  const token = await signVerify(await studio.auth.signingKey(), project.id, { oid, size }, VERIFY_S);
  return { href: `${baseUrl}/verify`, header: { [VERIFY_HEADER]: token }, expires_in: VERIFY_S };
}

async function download(
  studio: Studio,
  project: Owner,
  { oid }: Pointer,
  link: { signedS: number; expiresInS: number },
): Promise<BatchAction> {
  const key = keyOf(project, oid);
  const href = await studio.objects.signedGet(key, { expiresS: link.signedS });
  return { href, expires_in: link.expiresInS };
}

function pick({ oid, size }: Pointer): Pointer {
  return { oid, size };
}

function failed(object: Pointer, code: number, message: string): BatchObject {
  return { ...pick(object), error: { code, message } };
}

async function mapSome<T, R>(list: T[], atOnce: number, map: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(list.length);
  let next = 0;
  const work = async () => {
    while (next < list.length) {
      const at = next++;
      results[at] = await map(list[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, work));
  return results;
}

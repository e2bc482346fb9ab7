import { z } from "zod";
import {
  cancelMove,
  credentialsOf,
  type Moved,
  MoveError,
  moveStudio,
  Place,
  placeText,
  type Progress,
  samePlace,
  storeRowsOf,
  tenantPolicy,
} from "../../gateway/objects/mod.ts";
import { StudioError } from "./error.ts";
import type { Live } from "./live.ts";
import type { Tenant } from "./studios.ts";
import { sizeText } from "./words.ts";

export interface PlaceOptions {
  endpoint?: string;
  region?: string;
  /** `gateway`, `env:NAME`, `file:NAME`, `role:ARN[,EXTERNAL ID]`. */
  keys?: string;
}

/** Reads `s3://bucket/folder`, or `own` for the gateway's store (null). StudioError with what is wrong with it. */
export function placeOf(text: string, { endpoint, region, keys }: PlaceOptions): Place | null {
  if (text === "own") return null;
  const [, bucket, folder = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? [];
  if (!bucket) {
    throw new StudioError(`Name the place as s3://bucket or s3://bucket/folder, or own; not "${text}".`);
  }
  const parsed = Place.safeParse({
    bucket,
    endpoint: endpoint ?? null,
    region: region ?? "us-east-1",
    prefix: folder === "" || folder.endsWith("/") ? folder : `${folder}/`,
    credentials: credentialsOf(keys ?? "gateway"),
  });
  if (!parsed.success) throw new StudioError(`That place is not one: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * Tries a place before anything is sent there: that objects can be put, read and taken away, whether it refuses wrong bytes, and that it
 * is another place than the one where the studio's objects are. Leaves nothing there.
 */
export async function tryPlace(
  { db, objects }: Live,
  { id, name }: Tenant,
  place: Place | null,
): Promise<{ checksumsEnforced: boolean; notes: string[] }> {
  if (place === null) return { checksumsEnforced: false, notes: [] };
  const store = await objects.at(id, place, false);
  const folder = `tenants/${id}/selftest`;
  let found: Awaited<ReturnType<typeof store.selfTest>>;
  try {
    found = await store.selfTest(folder);
  } catch (error) {
    throw new StudioError(`${placeText(place)} cannot be used. ${(error as Error).message}`, {
      cause: error,
    });
  }
  const bytes = new TextEncoder().encode(`is it the same? ${crypto.randomUUID()}`);
  const oid = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const key = `${folder}/${oid}`;
  const { write: now } = await objects.route(id);
  const rows = await storeRowsOf(db.sql, id);
  const known = rows.some((row) => row.state !== "left" && samePlace(row.place, place));
  if (!known) {
    await store.put(key, bytes, { oid, size: bytes.length });
    try {
      if (await now.head(key)) {
        throw new StudioError(
          `${placeText(place)} is the place where the objects of ${name} are, by another name.`,
        );
      }
    } finally {
      await store.delete(key);
    }
  }
  return found;
}

/** Moves, or goes on moving, a studio; what was done, as a sentence. */
export async function setStore(
  live: Live,
  tenant: Tenant,
  place: Place | null,
  options: { leaveDamaged?: boolean; say?: (progress: Progress) => void | Promise<void>; spreadMs?: number } =
    {},
): Promise<{ sentence: string; moved: Moved | null }> {
  const rows = await storeRowsOf(live.db.sql, tenant.id);
  const current = rows.find(({ state }) => state === "current")?.place ?? null;
  const coming = rows.some(({ state }) => !["current", "left"].includes(state));
  const { checksumsEnforced } = await tryPlace(live, tenant, place);
  try {
    const moved = await moveStudio(live, tenant.id, { place, checksumsEnforced }, options);
    if (!coming && samePlace(current, place)) {
      return { sentence: `The objects of ${tenant.name} are in ${placeText(place)} already.`, moved: null };
    }
    return {
      sentence:
        `${tenant.name} has its ${moved.objects} objects (${sizeText(moved.bytes)}) in ${
          placeText(place)
        }. ` +
        "What lies in the former place stays for two weeks, and goes with deno task housekeeping --remove.",
      moved,
    };
  } catch (error) {
    throw error instanceof MoveError ? new StudioError(error.message, { cause: error }) : error;
  }
}

export async function giveUp(live: Live, { id, name }: Tenant): Promise<string> {
  return await cancelMove(live, id)
    ? `The move of ${name} is given up; its objects are where they were.`
    : `${name} is not on its way anywhere, or has switched already: then move it back.`;
}

/** Forgets places that it has left, without looking into them: they are gone for good, or cleared away by other means. */
export async function forgetLeft(live: Live, { id, name }: Tenant): Promise<string> {
  const { count } = await live.db.sql`delete from tenant_stores where tenant_id = ${id} and state = 'left'`;
  await live.objects.refresh();
  return `${count} places that ${name} has left are forgotten; what lies there stays.`;
}

/** Where a studio's objects are, and how far a move has come. */
export async function storeText({ db }: Live, { id, name }: Tenant): Promise<string> {
  const rows = await db.sql<
    {
      place: Place | null;
      state: string;
      done: number;
      bytes: number;
      all: number;
      all_bytes: number;
      at: string;
    }[]
  >`
    select place, state, copied_objects as done, copied_bytes as bytes, all_objects as all, all_bytes,
      to_char(state_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at
    from tenant_stores where tenant_id = ${id} order by begun_at`;
  const current = rows.find(({ state }) => state === "current")?.place ?? null;
  const lines = [`${name} has its objects in ${placeText(current)}.`];
  for (const { place, state, done, bytes, all, all_bytes, at } of rows) {
    if (state === "left") {
      lines.push(`It left ${placeText(place)} on ${at} UTC; housekeeping clears that away.`);
    } else if (state !== "current") {
      lines.push(
        `It is on its way to ${placeText(place)}: ${done} of ${all} objects (${sizeText(bytes)} of ${
          sizeText(all_bytes)
        }). ` +
          "Give the same command again to go on.",
      );
    }
  }
  return lines.join("\n");
}

/** The IAM or STS policy that opens the studio's objects where they are, and nothing else. */
export async function policyText(
  { db }: Live,
  { id }: Tenant,
  own: { bucket: string } | null,
): Promise<string> {
  const current = (await storeRowsOf(db.sql, id)).find(({ state }) => state === "current")?.place ?? null;
  const bucket = current?.bucket ?? own?.bucket;
  if (!bucket) throw new StudioError("Its objects lie in files of the gateway, which know no policies.");
  return JSON.stringify(tenantPolicy(bucket, id, current?.prefix), null, 2);
}

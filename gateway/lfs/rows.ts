import type { Pointer } from "../../shared/lfs/pointer.ts";
import type { Querier } from "../db/mod.ts";
import type { Owner } from "./mod.ts";
import { tablesOf } from "./tables.ts";

export interface ObjectRow extends Pointer {
  state: "pending" | "ready";
}

/** As {@link findRows}, for whoever is about to refer to them: from now on they are kept for a while, referred to or not. */
export async function touchRows(q: Querier, project: Owner, oids: string[]): Promise<Map<string, ObjectRow>> {
  // Waits for a housekeeper that is just removing one of them, and then does not find it; in order, so that two such don't wait
  // for each other crosswise.
  const { objects, owner } = tablesOf(q, project);
  const rows = await q<ObjectRow[]>`
    update ${objects} set touched_at = now()
    where (${owner}, oid) in (
      select ${owner}, oid from ${objects}
      where ${owner} = ${project.id} and tenant_id = ${project.tenant_id} and oid = any(${oids}::text[])
      order by oid for update
    ) returning oid, size, state`;
  return new Map(rows.map((row) => [row.oid, row]));
}

export async function findRows(q: Querier, project: Owner, oids: string[]): Promise<Map<string, ObjectRow>> {
  const { objects, owner } = tablesOf(q, project);
  const rows = await q<ObjectRow[]>`
    select oid, size, state from ${objects}
    where ${owner} = ${project.id} and tenant_id = ${project.tenant_id} and oid = any(${oids}::text[])`;
  return new Map(rows.map((row) => [row.oid, row]));
}

/** Announced uploads. What is ready stays so; a pending one takes the size announced last. */
export async function announce(q: Querier, project: Owner, pointers: Pointer[]): Promise<void> {
  if (pointers.length === 0) return;
  // In the order of their oids, so that two batches of the same objects don't wait for each other crosswise.
  const sorted = pointers.toSorted((a, b) => a.oid < b.oid ? -1 : 1);
  const { objects, owner } = tablesOf(q, project);
  await q`
    insert into ${objects} as known (${owner}, tenant_id, oid, size, state)
    select ${project.id}, ${project.tenant_id}, oid, size, 'pending'
    from unnest(${sorted.map((each) => each.oid)}::text[], ${
    sorted.map((each) => each.size)
  }::bigint[]) as o (oid, size)
    on conflict (${owner}, oid) do update set touched_at = now(),
      size = case known.state when 'pending' then excluded.size else known.size end`;
}

/** The object is in the store, with this size and checksum. */
export async function markReady(q: Querier, project: Owner, { oid, size }: Pointer): Promise<void> {
  const { objects, owner } = tablesOf(q, project);
  await q`
    insert into ${objects} (${owner}, tenant_id, oid, size, state)
    values (${project.id}, ${project.tenant_id}, ${oid}, ${size}, 'ready')
    on conflict (${owner}, oid) do update set size = excluded.size, state = 'ready', touched_at = now()`;
}

/** The store does not hold it any more: it can be uploaded again. */
export async function markMissing(q: Querier, project: Owner, oid: string): Promise<void> {
  const { objects, owner } = tablesOf(q, project);
  await q`
    update ${objects} set state = 'pending'
    where ${owner} = ${project.id} and tenant_id = ${project.tenant_id} and oid = ${oid}`;
}

/**
 * Size of a verified object; null when there is none. Whoever asks may be about to refer to it, so it is kept for a while from now
 * on; once an hour is enough to say so, as nobody removes what was touched within a day.
 */
export async function readySize(q: Querier, projectId: string, oid: string): Promise<number | null> {
  const [row] = await q<{ size: number; stale: boolean }[]>`
    select size, touched_at < now() - interval '1 hour' as stale from lfs_objects
    where project_id = ${projectId} and oid = ${oid} and state = 'ready'`;
  if (!row?.stale) return row?.size ?? null;
  const [touched] = await q<{ size: number }[]>`
    update lfs_objects set touched_at = now()
    where project_id = ${projectId} and oid = ${oid} and state = 'ready' returning size`;
  return touched?.size ?? null;
}

import type { Querier } from "../db/mod.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";

export interface AddedRow {
  runner: string;
  version: string;
  digest: string;
  manifest: RunnerManifest;
  added_by: string;
  added_at: Date;
  removed_at: Date | null;
}

/** The newest of each runner that was not taken away. */
export async function offered(q: Querier, tenantId: string): Promise<AddedRow[]> {
  return await q<AddedRow[]>`
    select distinct on (runner) runner, version, digest, manifest, added_by, added_at, removed_at from added_runners
    where tenant_id = ${tenantId} and removed_at is null order by runner, added_at desc`;
}

/** The newest version that there ever was, taken away or not. */
export async function newest(q: Querier, tenantId: string, runner: string): Promise<AddedRow | null> {
  const [row] = await q<AddedRow[]>`
    select runner, version, digest, manifest, added_by, added_at, removed_at from added_runners
    where tenant_id = ${tenantId} and runner = ${runner} order by added_at desc limit 1`;
  return row ?? null;
}

export async function insertAdded(
  q: Querier,
  row: {
    tenant_id: string;
    manifest: RunnerManifest;
    digest: string;
    pack: Uint8Array;
    added_by: string;
  },
): Promise<void> {
  const { manifest } = row;
  // The same version again is one that was taken away and comes back.
  await q`
    insert into added_runners (tenant_id, runner, version, digest, pack, manifest, added_by)
    values (${row.tenant_id}, ${manifest.id}, ${manifest.version}, ${row.digest}, ${row.pack},
      ${q.json(manifest as never)}, ${row.added_by})
    on conflict (tenant_id, runner, version) do update
      set removed_at = null, added_by = excluded.added_by, added_at = excluded.added_at`;
}

/** False when there was none. */
export async function markRemoved(q: Querier, tenantId: string, runner: string): Promise<boolean> {
  const rows = await q`
    update added_runners set removed_at = now()
    where tenant_id = ${tenantId} and runner = ${runner} and removed_at is null returning version`;
  return rows.length > 0;
}

export async function packOf(
  q: Querier,
  tenantId: string,
  runner: string,
): Promise<{ version: string; digest: string; pack: Uint8Array } | null> {
  const [row] = await q<{ version: string; digest: string; pack: Uint8Array }[]>`
    select version, digest, pack from added_runners
    where tenant_id = ${tenantId} and runner = ${runner} and removed_at is null order by added_at desc limit 1`;
  return row ?? null;
}

import type { Asset } from "../../shared/assets/asset.ts";
import type { Querier } from "../db/mod.ts";
import type { AssetRow } from "./mod.ts";

/** Null when the same bytes lie in the folder already, or the path is taken. */
export async function insertAsset(
  q: Querier,
  row: Omit<AssetRow, "committed_at" | "created_at">,
): Promise<AssetRow | null> {
  const [made] = await q<AssetRow[]>`
    insert into assets (id, tenant_id, project_id, folder, name, path, oid, size, format, width, height, created_by)
    values (${row.id}, ${row.tenant_id}, ${row.project_id}, ${row.folder}, ${row.name}, ${row.path}, ${row.oid},
      ${row.size}, ${row.format}, ${row.width}, ${row.height}, ${row.created_by})
    on conflict do nothing returning *`;
  return made ?? null;
}

export async function assetIn(
  q: Querier,
  projectId: string,
  folder: Asset["folder"],
  oid: string,
): Promise<AssetRow | null> {
  const [row] = await q<AssetRow[]>`
    select * from assets where project_id = ${projectId} and folder = ${folder} and oid = ${oid}`;
  return row ?? null;
}

export async function assetById(q: Querier, projectId: string, id: string): Promise<AssetRow | null> {
  const [row] = await q<AssetRow[]>`select * from assets where project_id = ${projectId} and id = ${id}`;
  return row ?? null;
}

export async function assetByOid(q: Querier, projectId: string, oid: string): Promise<AssetRow | null> {
  const [row] = await q<AssetRow[]>`
    select * from assets where project_id = ${projectId} and oid = ${oid} order by id limit 1`;
  return row ?? null;
}

export async function assetsAt(q: Querier, projectId: string, paths: string[]): Promise<AssetRow[]> {
  if (paths.length === 0) return [];
  return await q<AssetRow[]>`
    select * from assets where project_id = ${projectId} and path = any(${paths}::text[])`;
}

export async function hasPath(q: Querier, projectId: string, path: string): Promise<boolean> {
  const rows = await q`
    select 1 from assets where project_id = ${projectId} and lower(path) = lower(${path})`;
  return rows.length > 0;
}

/** Newest first: ids sort by the time they were made. A search looks for its text in names, as it is written. */
export async function assetsOfProject(
  q: Querier,
  projectId: string,
  page: { before: string | null; limit: number; folder: Asset["folder"] | null; search: string | null },
): Promise<AssetRow[]> {
  return await q<AssetRow[]>`
    select * from assets
    where project_id = ${projectId}
      ${page.folder === null ? q`and folder <> 'Masks'` : q`and folder = ${page.folder}`}
      ${page.search === null ? q`` : q`and strpos(lower(name), lower(${page.search})) > 0`}
      ${page.before === null ? q`` : q`and id < ${page.before}`}
    order by id desc limit ${page.limit}`;
}

export async function markCommitted(q: Querier, projectId: string, id: string): Promise<void> {
  await q`
    update assets set committed_at = coalesce(committed_at, now())
    where project_id = ${projectId} and id = ${id}`;
}

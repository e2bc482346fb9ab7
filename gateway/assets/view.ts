import { type Asset, OWN_THUMBNAIL } from "../../shared/assets/asset.ts";
import { ASSET_FOLDERS } from "../../shared/assets/asset.ts";
import type { AssetRow } from "./mod.ts";

/** An asset as the API shows it. */
export function viewAsset(row: AssetRow): Asset {
  const file_url = `/api/projects/${row.project_id}/assets/${row.id}/file`;
  const picture = ASSET_FOLDERS[row.folder].kind === "image";
  const small = row.size <= OWN_THUMBNAIL
    ? file_url
    : `/api/projects/${row.project_id}/assets/${row.id}/thumbnail`;
  return {
    id: row.id,
    folder: row.folder,
    name: row.name,
    path: row.path,
    oid: row.oid,
    size: row.size,
    format: row.format,
    width: row.width,
    height: row.height,
    committed: row.committed_at !== null,
    file_url,
    thumbnail_url: picture ? small : null,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
  };
}

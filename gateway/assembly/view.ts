import type { Export } from "../../shared/api/work.ts";
import { formatOfExport } from "./deliverable.ts";
import type { ExportRow } from "./mod.ts";

/** An export as the API shows it. */
export function viewExport(row: ExportRow): Export {
  const base = `/api/projects/${row.project_id}/renders/${row.id}`;
  return {
    id: row.id,
    project_id: row.project_id,
    job_id: row.job_id,
    branch: row.branch,
    name: row.name,
    version: row.version,
    frames: row.frames,
    format: formatOfExport(row),
    oid: row.oid,
    size: row.size,
    path: row.path,
    edl_path: row.edl_path,
    committed: row.committed_at !== null,
    film_url: `${base}/film`,
    edl_url: `${base}/edl`,
    poster_url: row.poster_oid ? `${base}/poster` : null,
    proxy_url: row.proxy_oid ? `${base}/proxy` : null,
    created_at: row.created_at.toISOString(),
  };
}

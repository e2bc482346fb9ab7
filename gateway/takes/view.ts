import type { z } from "zod";
import type { Take, TakeDetail } from "../../shared/api/work.ts";
import { Recipe } from "../../shared/canvas/recipe.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { TakeRow } from "./mod.ts";

/** A take as the API shows it. */
export function viewTake(row: TakeRow, active: boolean): z.infer<typeof Take> {
  const base = `/api/projects/${row.project_id}/takes/${row.id}`;
  return {
    id: row.id,
    project_id: row.project_id,
    node_id: row.node_id,
    shot: row.shot,
    version: row.version,
    take: row.take,
    name: row.name,
    job_id: row.job_id,
    kind: row.kind,
    active,
    branch: row.branch,
    tier_requested: row.tier_requested as Tier,
    tier: row.tier as Tier,
    runner: row.runner,
    oid: row.oid,
    size: row.size,
    media: row.media,
    path: row.path,
    committed: row.committed_at !== null,
    made_from: Recipe.safeParse(row.sidecar.made_from).data ?? null,
    file_url: `${base}/file`,
    poster_url: posterOid(row) ? `${base}/poster` : null,
    proxy_url: proxyOid(row) ? `${base}/proxy` : null,
    created_at: row.created_at.toISOString(),
    ...(row.unverified ? { unverified: row.unverified } : {}),
  };
}

export function detailTake(row: TakeRow, active: boolean): z.infer<typeof TakeDetail> {
  return { ...viewTake(row, active), sidecar: row.sidecar };
}

/** A still is its own poster where the agent made none. */
export function posterOid(row: TakeRow): string | null {
  return row.poster_oid ?? (row.kind === "image" ? row.oid : null);
}

export function proxyOid(row: TakeRow): string | null {
  return row.proxy_oid ?? (row.kind === "image" ? row.oid : null);
}

import type { Querier, Tx } from "../db/mod.ts";
import type { ExportRow } from "./mod.ts";

/** Version that the next film of this name gets. Asked in the transaction that makes it, under {@link holdVersions}. */
export async function nextVersion(q: Querier, projectId: string, stem: string): Promise<number> {
  const [row] = await q<{ version: number }[]>`
    select coalesce(max(version), 0)::int + 1 as version from exports
    where project_id = ${projectId} and left(name, length(${stem}::text) + 2) = ${stem + "_v"}`;
  return row!.version;
}

/** Renders of one project take turns until their transactions end, so that no two get the same version. */
export async function holdVersions(tx: Tx, projectId: string): Promise<void> {
  await tx`select 1 from projects where id = ${projectId} for no key update`;
}

export async function insertExport(
  tx: Tx,
  row: Pick<
    ExportRow,
    | "id"
    | "tenant_id"
    | "project_id"
    | "branch"
    | "job_id"
    | "name"
    | "version"
    | "frames"
    | "credits_frames"
    | "format"
    | "edl"
    | "path"
    | "edl_path"
  >,
): Promise<ExportRow> {
  const [made] = await tx<ExportRow[]>`insert into exports ${tx(row)} returning *`;
  return made!;
}

export async function exportOfJob(tx: Querier, jobId: string): Promise<ExportRow | null> {
  const [row] = await tx<ExportRow[]>`select * from exports where job_id = ${jobId} for update`;
  return row ?? null;
}

export async function fillExport(
  tx: Tx,
  id: string,
  made: Pick<ExportRow, "oid" | "size" | "poster_oid" | "proxy_oid">,
): Promise<ExportRow> {
  const [row] = await tx<ExportRow[]>`update exports set ${tx(made)} where id = ${id} returning *`;
  return row!;
}

export async function exportById(q: Querier, projectId: string, id: string): Promise<ExportRow | null> {
  const [row] = await q<ExportRow[]>`select * from exports where project_id = ${projectId} and id = ${id}`;
  return row ?? null;
}

/** Rendered ones, newest first: ids sort by the time they were made. */
export async function exportsOfProject(
  q: Querier,
  projectId: string,
  page: { before: string | null; limit: number },
): Promise<ExportRow[]> {
  return await q<ExportRow[]>`
    select * from exports
    where project_id = ${projectId} and oid is not null
      ${page.before === null ? q`` : q`and id < ${page.before}`}
    order by id desc limit ${page.limit}`;
}

export async function markCommitted(q: Querier, projectId: string, id: string): Promise<ExportRow | null> {
  const [row] = await q<ExportRow[]>`
    update exports set committed_at = coalesce(committed_at, now())
    where project_id = ${projectId} and id = ${id} returning *`;
  return row ?? null;
}

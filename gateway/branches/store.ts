import type { Querier, Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { BranchRow, Settings } from "./mod.ts";

export async function branchByName(q: Querier, projectId: string, name: string): Promise<BranchRow | null> {
  const [row] = await q<BranchRow[]>`
    select * from branches where project_id = ${projectId} and name = ${name}`;
  return row ?? null;
}

export async function branchesOf(q: Querier, projectId: string): Promise<BranchRow[]> {
  return await q<BranchRow[]>`select * from branches where project_id = ${projectId} order by made_at, name`;
}

export async function unfinished(q: Querier, projectId: string): Promise<BranchRow[]> {
  return await q<BranchRow[]>`select * from branches where project_id = ${projectId} and doing is not null`;
}

export async function projectsUnfinished(q: Querier): Promise<string[]> {
  const rows = await q<{ project_id: string }[]>`
    select distinct project_id from branches where doing is not null`;
  return rows.map((row) => row.project_id);
}

/** False when there is one of that name. */
export async function insertBranch(
  tx: Tx,
  project: ProjectRow,
  row: Pick<BranchRow, "name" | "title" | "settings" | "begun_sha" | "made_by" | "doing">,
): Promise<boolean> {
  const made = await tx`
    insert into branches (project_id, tenant_id, name, title, settings, begun_sha, made_by, doing)
    values (${project.id}, ${project.tenant_id}, ${row.name}, ${row.title}, ${tx.json(row.settings as never)},
      ${row.begun_sha}, ${row.made_by}, ${row.doing})
    on conflict do nothing returning name`;
  return made.length === 1;
}

export async function setTitle(q: Querier, projectId: string, name: string, title: string): Promise<void> {
  await q`update branches set title = ${title} where project_id = ${projectId} and name = ${name}`;
}

/** Those given; the others stay. */
export async function setSettings(tx: Tx, project: ProjectRow, settings: Settings): Promise<BranchRow> {
  const [row] = await tx<BranchRow[]>`
    update branches set settings = settings || ${tx.json(settings as never)}
    where project_id = ${project.id} and name = ${project.branch} returning *`;
  return row!;
}

/** Its ref is about to change; null when something else is being done to it, or it is not as it should be. */
export async function begin(
  q: Querier,
  row: BranchRow,
  change: { doing: "discard"; kept_ref: string; by: string } | { doing: "restore" },
): Promise<BranchRow | null> {
  const [begun] = change.doing === "discard"
    ? await q<BranchRow[]>`
      update branches set doing = 'discard', kept_ref = ${change.kept_ref}, discarded_by = ${change.by}
      where project_id = ${row.project_id} and name = ${row.name} and doing is null and discarded_at is null
      returning *`
    : await q<BranchRow[]>`
      update branches set doing = 'restore'
      where project_id = ${row.project_id} and name = ${row.name} and doing is null and discarded_at is not null
      returning *`;
  return begun ?? null;
}

/** Its ref is as it should be. */
export async function done(q: Querier, row: BranchRow): Promise<void> {
  const gone = row.doing === "discard";
  await q`
    update branches set doing = null,
      discarded_at = case when ${gone} then coalesce(discarded_at, now()) end,
      discarded_by = case when ${gone} then discarded_by end,
      kept_ref = case when ${gone} then kept_ref end
    where project_id = ${row.project_id} and name = ${row.name} and doing = ${row.doing}`;
}

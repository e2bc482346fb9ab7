import { uuidv7 } from "../../shared/ids.ts";
import type { Querier } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";

export interface PushRow {
  id: string;
  project_id: string;
  branch: string;
  kind: "push" | "merge";
  author: string;
  before_sha: string;
  after_sha: string;
}

/** A push passed its checks, or a merge is made, and is about to land, in most cases. */
export async function insertPush(
  q: Querier,
  project: ProjectRow,
  push: { author: string; branch: string; kind: PushRow["kind"]; before: string; after: string },
): Promise<PushRow> {
  const [row] = await q<PushRow[]>`
    insert into pushes (id, tenant_id, project_id, branch, kind, author, before_sha, after_sha)
    values (${uuidv7()}, ${project.tenant_id}, ${project.id}, ${push.branch}, ${push.kind}, ${push.author},
      ${push.before}, ${push.after})
    returning *`;
  return row!;
}

export async function markLanded(q: Querier, id: string): Promise<void> {
  await q`update pushes set landed_at = coalesce(landed_at, now()) where id = ${id}`;
}

export async function markAbsorbed(q: Querier, id: string): Promise<void> {
  await q`update pushes set landed_at = coalesce(landed_at, now()), absorbed_at = now() where id = ${id}`;
}

/** It lost the race for the branch, or its gateway died before it could land. */
export async function forgetPush(q: Querier, id: string): Promise<void> {
  await q`delete from pushes where id = ${id} and landed_at is null`;
}

export async function openPushes(
  q: Querier,
  projectId: string,
  branch: string,
): Promise<(PushRow & { landed: boolean })[]> {
  return await q<(PushRow & { landed: boolean })[]>`
    select *, landed_at is not null as landed from pushes
    where project_id = ${projectId} and branch = ${branch} and absorbed_at is null order by id`;
}

export async function branchesWaiting(q: Querier, projectId: string): Promise<string[]> {
  const rows = await q<{ branch: string }[]>`
    select distinct branch from pushes
    where project_id = ${projectId} and landed_at is not null and absorbed_at is null`;
  return rows.map((row) => row.branch);
}

export async function projectsWaiting(q: Querier): Promise<string[]> {
  const rows = await q<{ project_id: string }[]>`
    select distinct project_id from pushes where landed_at is not null and absorbed_at is null`;
  return rows.map((row) => row.project_id);
}

/** Checked and not heard of again yet; `lost` after so many seconds: their gateway died. */
export async function unheardPushes(q: Querier, seconds: number): Promise<(PushRow & { lost: boolean })[]> {
  return await q<(PushRow & { lost: boolean })[]>`
    select *, checked_at < now() - make_interval(secs => ${seconds}) as lost from pushes where landed_at is null`;
}

import type { Querier } from "../db/mod.ts";
import type { TakeRow } from "./mod.ts";

/** The row of a job's take, made now or before: a job has one take, whoever reports it and how often. */
export async function insertTake(
  q: Querier,
  row: Omit<TakeRow, "committed_at" | "created_at">,
): Promise<{ take: TakeRow; fresh: boolean }> {
  const [made] = await q<TakeRow[]>`
    insert into takes (id, tenant_id, project_id, node_id, shot, version, take, name, job_id, kind, tier_requested, tier,
      runner, oid, size, extension, media, poster_oid, proxy_oid, reel, timecode_start, path, sidecar)
    values (${row.id}, ${row.tenant_id}, ${row.project_id}, ${row.node_id}, ${row.shot}, ${row.version}, ${row.take},
      ${row.name}, ${row.job_id}, ${row.kind}, ${row.tier_requested}, ${row.tier}, ${row.runner}, ${row.oid}, ${row.size},
      ${row.extension}, ${q.json(row.media as never)}, ${row.poster_oid}, ${row.proxy_oid}, ${row.reel},
      ${row.timecode_start}, ${row.path}, ${q.json(row.sidecar as never)})
    on conflict (job_id) do nothing returning *`;
  return made ? { take: made, fresh: true } : { take: (await takeOfJob(q, row.job_id))!, fresh: false };
}

export async function takeOfJob(q: Querier, jobId: string): Promise<TakeRow | null> {
  const [row] = await q<TakeRow[]>`select * from takes where job_id = ${jobId}`;
  return row ?? null;
}

export async function takeById(q: Querier, projectId: string, takeId: string): Promise<TakeRow | null> {
  const [row] = await q<TakeRow[]>`select * from takes where project_id = ${projectId} and id = ${takeId}`;
  return row ?? null;
}

/** Newest first: ids sort by the time they were made. */
export async function takesOfProject(
  q: Querier,
  projectId: string,
  page: { before: string | null; limit: number; node: string | null },
): Promise<TakeRow[]> {
  return await q<TakeRow[]>`
    select * from takes
    where project_id = ${projectId}
      ${page.node === null ? q`` : q`and node_id = ${page.node}`}
      ${page.before === null ? q`` : q`and id < ${page.before}`}
    order by id desc limit ${page.limit}`;
}

/** Sidecars are left out: thousands of them are megabytes. */
export async function allTakes(q: Querier, projectId: string): Promise<TakeRow[]> {
  const rows = await q<Omit<TakeRow, "sidecar">[]>`
    select id, tenant_id, project_id, node_id, shot, version, take, name, job_id, kind, oid, size, extension, media,
      poster_oid, proxy_oid, reel, timecode_start, path, tier_requested, tier, runner, committed_at, created_at
    from takes where project_id = ${projectId} order by id`;
  return rows.map((row) => ({ ...row, sidecar: {} }));
}

export async function activeTakes(q: Querier, projectId: string, nodeIds: string[]): Promise<TakeRow[]> {
  if (nodeIds.length === 0) return [];
  return await q<TakeRow[]>`
    select takes.* from active_takes join takes on takes.id = active_takes.take_id
    where active_takes.project_id = ${projectId} and active_takes.node_id = any(${nodeIds})`;
}

/** Which of these takes are their node's choice. */
export async function whichAreActive(q: Querier, takeIds: string[]): Promise<Set<string>> {
  if (takeIds.length === 0) return new Set();
  const rows = await q<{ take_id: string }[]>`
    select take_id from active_takes where take_id = any(${takeIds}::uuid[])`;
  return new Set(rows.map((row) => row.take_id));
}

/** The first take of a node is its choice until somebody makes another. True when it was the first. */
export async function activateFirst(q: Querier, take: TakeRow): Promise<boolean> {
  const rows = await q`
    insert into active_takes (project_id, tenant_id, node_id, take_id)
    values (${take.project_id}, ${take.tenant_id}, ${take.node_id}, ${take.id})
    on conflict (project_id, node_id) do nothing returning take_id`;
  return rows.length === 1;
}

/** Makes it the choice; the take that was before, or null. Null too when it was chosen already. */
export async function activateTake(
  q: Querier,
  take: TakeRow,
): Promise<{ changed: boolean; before: string | null }> {
  const [old] = await q<{ take_id: string }[]>`
    select take_id from active_takes where project_id = ${take.project_id} and node_id = ${take.node_id} for update`;
  if (old?.take_id === take.id) return { changed: false, before: null };
  await q`
    insert into active_takes (project_id, tenant_id, node_id, take_id)
    values (${take.project_id}, ${take.tenant_id}, ${take.node_id}, ${take.id})
    on conflict (project_id, node_id) do update set take_id = excluded.take_id`;
  return { changed: true, before: old?.take_id ?? null };
}

export async function markCommitted(q: Querier, projectId: string, takeId: string): Promise<TakeRow | null> {
  const [row] = await q<TakeRow[]>`
    update takes set committed_at = coalesce(committed_at, now())
    where project_id = ${projectId} and id = ${takeId} returning *`;
  return row ?? null;
}

/** Who made it, and when it is now: the time of a take is the database's. */
export async function makerAndTime(
  q: Querier,
  agentId: string | null,
): Promise<{ agent: string | null; at: Date }> {
  const [row] = await q<{ agent: string | null; at: Date }[]>`
    select now() as at, (select name from agents where id = ${agentId}) as agent`;
  return row!;
}

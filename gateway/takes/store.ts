import type { Querier } from "../db/mod.ts";
import type { TakeRow } from "./mod.ts";

/** The row of a job's take, made now or before: a job has one take, whoever reports it and how often. */
export async function insertTake(
  q: Querier,
  row: Omit<TakeRow, "committed_at" | "created_at" | "unverified">,
): Promise<{ take: TakeRow; fresh: boolean }> {
  const [made] = await q<TakeRow[]>`
    insert into takes (id, tenant_id, project_id, branch, node_id, shot, version, take, name, job_id, kind, tier_requested, tier,
      runner, oid, size, extension, media, poster_oid, proxy_oid, reel, timecode_start, path, sidecar)
    values (${row.id}, ${row.tenant_id}, ${row.project_id}, ${row.branch}, ${row.node_id}, ${row.shot}, ${row.version},
      ${row.take}, ${row.name}, ${row.job_id}, ${row.kind}, ${row.tier_requested}, ${row.tier}, ${row.runner}, ${row.oid}, ${row.size},
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

/** A branch has the takes made on it, those it began with, and those that came to it. */
const has = (q: Querier, branch: string) =>
  q`(takes.branch = ${branch} or exists (
      select 1 from branch_takes b where b.take_id = takes.id and b.branch = ${branch}))`;

/** Newest first: ids sort by the time they were made. */
export async function takesOfProject(
  q: Querier,
  projectId: string,
  page: { before: string | null; limit: number; node: string | null; branch: string },
): Promise<TakeRow[]> {
  return await q<TakeRow[]>`
    select * from takes
    where project_id = ${projectId} and ${has(q, page.branch)}
      ${page.node === null ? q`` : q`and node_id = ${page.node}`}
      ${page.before === null ? q`` : q`and id < ${page.before}`}
    order by id desc limit ${page.limit}`;
}

/**
 * What a screen opens with: each node's choice, its newest takes, and how many it has. A film of thousands of takes is pages of its
 * galleries, and no answer holds them all. Choices come first, then the newest of every node, then the second newest.
 */
export async function takesForScreen(
  q: Querier,
  projectId: string,
  { branch, each, most }: { branch: string; each: number; most: number },
): Promise<{ rows: TakeRow[]; counts: Record<string, number> }> {
  const places = await q<{ id: string; node_id: string; place: number; total: number }[]>`
    select id, node_id, place, total from (
      select takes.id, takes.node_id, a.take_id is not null as active,
        (row_number() over (partition by takes.node_id order by takes.id desc))::int as place,
        (count(*) over (partition by takes.node_id))::int as total
      from takes left join active_takes a on a.take_id = takes.id and a.branch = ${branch}
      where takes.project_id = ${projectId} and ${has(q, branch)}) as numbered
    where place <= ${each} or active
    order by active desc, place, id desc`;
  const ids = places.slice(0, most).map((row) => row.id);
  const rows = ids.length === 0
    ? []
    : await q<TakeRow[]>`select * from takes where id = any(${ids}::uuid[]) order by id desc`;
  return { rows, counts: Object.fromEntries(places.map((row) => [row.node_id, row.total])) };
}

/** Sidecars are left out: thousands of them are megabytes. */
export async function allTakes(q: Querier, projectId: string): Promise<TakeRow[]> {
  const rows = await q<Omit<TakeRow, "sidecar">[]>`
    select id, tenant_id, project_id, branch, node_id, shot, version, take, name, job_id, kind, oid, size, extension, media,
      poster_oid, proxy_oid, reel, timecode_start, path, tier_requested, tier, runner, unverified, committed_at, created_at
    from takes where project_id = ${projectId} order by id`;
  return rows.map((row) => ({ ...row, sidecar: {} }));
}

export async function activeTakes(
  q: Querier,
  { id, branch }: { id: string; branch: string },
  nodeIds: string[],
): Promise<TakeRow[]> {
  if (nodeIds.length === 0) return [];
  return await q<TakeRow[]>`
    select takes.* from active_takes join takes on takes.id = active_takes.take_id
    where active_takes.project_id = ${id} and active_takes.branch = ${branch}
      and active_takes.node_id = any(${nodeIds})`;
}

/** Which of these takes are their node's choice on a branch. */
export async function whichAreActive(q: Querier, takeIds: string[], branch: string): Promise<Set<string>> {
  if (takeIds.length === 0) return new Set();
  const rows = await q<{ take_id: string }[]>`
    select take_id from active_takes where take_id = any(${takeIds}::uuid[]) and branch = ${branch}`;
  return new Set(rows.map((row) => row.take_id));
}

/** The first take of a node is its choice until somebody makes another. True when it was the first. */
export async function activateFirst(q: Querier, take: TakeRow, branch: string): Promise<boolean> {
  const rows = await q`
    insert into active_takes (project_id, branch, tenant_id, node_id, take_id)
    values (${take.project_id}, ${branch}, ${take.tenant_id}, ${take.node_id}, ${take.id})
    on conflict (project_id, branch, node_id) do nothing returning take_id`;
  return rows.length === 1;
}

/** Makes it the choice; the take that was before, or null. Null too when it was chosen already. */
export async function activateTake(
  q: Querier,
  take: TakeRow,
  branch: string,
): Promise<{ changed: boolean; before: string | null }> {
  const [old] = await q<{ take_id: string }[]>`
    select take_id from active_takes
    where project_id = ${take.project_id} and branch = ${branch} and node_id = ${take.node_id} for update`;
  if (old?.take_id === take.id) return { changed: false, before: null };
  await q`
    insert into active_takes (project_id, branch, tenant_id, node_id, take_id)
    values (${take.project_id}, ${branch}, ${take.tenant_id}, ${take.node_id}, ${take.id})
    on conflict (project_id, branch, node_id) do update set take_id = excluded.take_id`;
  await bring(q, { id: take.project_id, branch }, [take.path]);
  return { changed: true, before: old?.take_id ?? null };
}

/** Takes whose masters lie at these paths are the branch's, too. */
export async function bring(
  q: Querier,
  { id, branch }: { id: string; branch: string },
  paths: string[],
): Promise<void> {
  if (paths.length === 0) return;
  await q`
    insert into branch_takes (project_id, branch, take_id)
    select project_id, ${branch}, id from takes
    where project_id = ${id} and branch <> ${branch} and path = any(${paths}::text[])
    on conflict do nothing`;
}

/** By node: the take of that name becomes the branch's choice, where there is one. */
export async function chooseAsIn(
  q: Querier,
  { id, branch }: { id: string; branch: string },
  choices: { node: string; name: string }[],
): Promise<void> {
  if (choices.length === 0) return;
  await q`
    insert into active_takes (project_id, branch, tenant_id, node_id, take_id)
    select t.project_id, ${branch}, t.tenant_id, t.node_id, t.id
    from takes t join jsonb_to_recordset(${q.json(choices as never)}) as c(node text, name text)
      on c.node = t.node_id and c.name = t.name
    where t.project_id = ${id}
    on conflict (project_id, branch, node_id) do update set take_id = excluded.take_id`;
}

/** The branches that have each of these takes, and whether it is chosen there. */
export async function whereTheyAre(
  q: Querier,
  takeIds: string[],
): Promise<Map<string, { branch: string; active: boolean }[]>> {
  const rows = await q<{ id: string; branch: string; active: boolean }[]>`
    select t.id, b.branch, exists (
      select 1 from active_takes a where a.take_id = t.id and a.branch = b.branch) as active
    from takes t cross join lateral (
      select t.branch union select branch from branch_takes where take_id = t.id) b
    where t.id = any(${takeIds}::uuid[])`;
  const where = new Map<string, { branch: string; active: boolean }[]>();
  for (const { id, ...each } of rows) where.set(id, [...where.get(id) ?? [], each]);
  return where;
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

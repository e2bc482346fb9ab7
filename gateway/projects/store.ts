import type { z } from "zod";
import type { CreateProject, UpdateProject } from "../../shared/api/project.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { TakeRow } from "../takes/mod.ts";
import type { ProjectRow } from "./mod.ts";
import { slugOf } from "./slug.ts";

/** A project `p` with its tenant's slug (`t`): what a repository's path is made of. */
export const columns = (q: Querier) =>
  q`p.id, p.tenant_id, t.slug as tenant_slug, p.slug, p.title, p.description, p.fps, p.width, p.height, p.quality,
    p.fallback, p.pools, p.trust, p.min_reputation, p.drop_frame, p.pixel_aspect, p.archived_at, 'main' as branch, p.created_at, p.updated_at`;

/** The row, under the first free slug. Slugs that differ only in case count as the same: folders may be case-blind. */
export async function insertProject(
  tx: Tx,
  tenantId: string,
  body: z.infer<typeof CreateProject> & { id?: string; created_at?: string; next_timecode?: number },
): Promise<ProjectRow> {
  const { id = uuidv7(), created_at = new Date(), next_timecode = 0 } = body;
  // Makers of one tenant's projects take turns, so that two of the same title get different slugs.
  await tx`select 1 from tenants where id = ${tenantId} for no key update`;
  for (let nth = 1;; nth++) {
    const slug = slugOf(body.title, nth);
    const [taken] = await tx`
      select 1 from projects where tenant_id = ${tenantId} and lower(slug) = ${slug.toLowerCase()}`;
    if (taken) continue;
    await tx`
      insert into projects (id, tenant_id, slug, title, description, fps, width, height, quality, fallback, created_at,
        next_timecode, drop_frame, pixel_aspect)
      values (${id}, ${tenantId}, ${slug}, ${body.title}, ${body.description}, ${body.fps}, ${body.width},
        ${body.height}, ${body.quality}, ${body.fallback}, ${created_at}, ${next_timecode},
        ${body.drop_frame}, ${body.pixel_aspect})`;
    return (await projectById(tx, id))!;
  }
}

/** The title, or the first of "Title (2)", "Title (3)" … that no project of the tenant has. */
export async function freeTitle(tx: Tx, tenantId: string, title: string): Promise<string> {
  await tx`select 1 from tenants where id = ${tenantId} for no key update`;
  const rows = await tx<{ title: string }[]>`
    select lower(title) as title from projects where tenant_id = ${tenantId}`;
  const taken = new Set(rows.map((row) => row.title));
  const plain = title.replace(/ \(\d+\)$/, "");
  for (let nth = 1;; nth++) {
    const name = nth === 1 ? title : `${plain.slice(0, 110)} (${nth})`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

/** Takes back what {@link insertProject} did, with its canvas; only for a project that never had a repository. */
export async function deleteProject(tx: Tx, id: string): Promise<void> {
  await tx`delete from canvases where project_id = ${id}`;
  await tx`delete from projects where id = ${id}`;
}

export async function projectById(q: Querier, id: string): Promise<ProjectRow | null> {
  const [row] = await q<ProjectRow[]>`
    select ${columns(q)} from projects p join tenants t on t.id = p.tenant_id where p.id = ${id}`;
  return row ?? null;
}

export async function projectOfTenant(
  q: Querier,
  tenantId: string,
  by: { id: string } | { slug: string },
): Promise<ProjectRow | null> {
  const [row] = await q<ProjectRow[]>`
    select ${columns(q)} from projects p join tenants t on t.id = p.tenant_id
    where p.tenant_id = ${tenantId} and ${"id" in by ? q`p.id = ${by.id}` : q`p.slug = ${by.slug}`}`;
  return row ?? null;
}

export async function projectBySlugs(
  q: Querier,
  tenantSlug: string,
  slug: string,
): Promise<ProjectRow | null> {
  const [row] = await q<ProjectRow[]>`
    select ${columns(q)} from projects p join tenants t on t.id = p.tenant_id
    where t.slug = ${tenantSlug} and p.slug = ${slug}`;
  return row ?? null;
}

/** Newest first; ids sort by the time they were made. */
export async function listProjects(
  q: Querier,
  tenantId: string,
  page: { before: string | null; limit: number; archived: boolean },
): Promise<ProjectRow[]> {
  return await q<ProjectRow[]>`
    select ${columns(q)},
      (select max(c.updated_at) from canvases c where c.project_id = p.id) as worked_at
    from projects p join tenants t on t.id = p.tenant_id
    where p.tenant_id = ${tenantId} and (p.archived_at is not null) = ${page.archived}
      and (${page.before}::uuid is null or p.id < ${page.before}::uuid)
    order by p.id desc limit ${page.limit}`;
}

export async function allProjects(q: Querier): Promise<ProjectRow[]> {
  return await q<ProjectRow[]>`
    select ${columns(q)} from projects p join tenants t on t.id = p.tenant_id order by p.id`;
}

/** True when the gateway has committed to the project's repository after making it. */
export async function hasHistory(q: Querier, id: string): Promise<boolean> {
  const [row] = await q`select 1 from outbox where project_id = ${id} and done_at is not null limit 1`;
  return row !== undefined;
}

export async function updateProject(
  tx: Tx,
  id: string,
  body: z.infer<typeof UpdateProject>,
): Promise<ProjectRow> {
  await tx`
    update projects set
      title = coalesce(${body.title ?? null}, title),
      description = coalesce(${body.description ?? null}, description),
      quality = coalesce(${body.quality ?? null}, quality),
      fallback = coalesce(${body.fallback ?? null}, fallback),
      pools = coalesce(${body.pools ?? null}::text[], pools),
      trust = coalesce(${body.trust ?? null}, trust),
      min_reputation = coalesce(${body.min_reputation ?? null}::smallint, min_reputation),
      archived_at = case ${body.archived ?? null}::boolean
        when true then coalesce(archived_at, now()) when false then null else archived_at end,
      updated_at = now()
    where id = ${id}`;
  return (await projectById(tx, id))!;
}

/** Of each project, the newest active take that has something to show; a still is its own poster. */
export async function posterTakes(q: Querier, projectIds: string[]): Promise<TakeRow[]> {
  return await q<TakeRow[]>`
    select distinct on (a.project_id) t.*
    from active_takes a join takes t on t.id = a.take_id
    where a.project_id = any(${projectIds}::uuid[]) and a.branch = 'main' and (t.poster_oid is not null or t.kind = 'image')
    order by a.project_id, t.id desc`;
}

import { uuidv7 } from "../../shared/ids.ts";
import type { ItemContent, ItemKind, ItemManifest, LibraryFolder } from "../../shared/library/item.ts";
import type { Querier, Tx } from "../db/mod.ts";
import { type ItemPage, LIBRARY_SLUG, type LibraryRow } from "./mod.ts";

export interface ItemRow {
  id: string;
  folder: LibraryFolder;
  path: string;
  kind: ItemKind;
  title: string;
  description: string;
  tags: string[];
  retired: boolean;
  version: number;
}

export interface VersionRow {
  item_id: string;
  version: number;
  note: string;
  published_by: string;
  published_at: Date;
  commit_sha: string;
  path: string;
  content: ItemContent;
}
/** An item with its newest version. */
export type ShownItem = ItemRow & Pick<VersionRow, "note" | "published_by" | "published_at" | "content">;

export async function libraryOf(q: Querier, tenant: { id: string }): Promise<LibraryRow | null> {
  const [row] = await q<{ id: string; tenant_id: string; tenant_slug: string }[]>`
    select l.id, l.tenant_id, t.slug as tenant_slug from libraries l join tenants t on t.id = l.tenant_id
    where t.id = ${tenant.id}`;
  return row
    ? { ...row, kind: "library", slug: LIBRARY_SLUG, title: "The library", archived_at: null }
    : null;
}

export async function insertLibrary(q: Querier, tenantId: string): Promise<void> {
  await q`insert into libraries (id, tenant_id) values (${uuidv7()}, ${tenantId}) on conflict do nothing`;
}

export async function tenantIdOf(q: Querier, slug: string): Promise<string | null> {
  const [row] = await q<{ id: string }[]>`select id from tenants where slug = ${slug}`;
  return row?.id ?? null;
}

export async function readSha(q: Querier, libraryId: string): Promise<string | null> {
  const [row] = await q<
    { read_sha: string | null }[]
  >`select read_sha from libraries where id = ${libraryId}`;
  return row?.read_sha ?? null;
}

/** Moves on from the commit that was read last; false when another was faster. */
export async function moveRead(
  tx: Tx,
  libraryId: string,
  from: string | null,
  to: string,
): Promise<boolean> {
  const moved = await tx`
    update libraries set read_sha = ${to} where id = ${libraryId} and read_sha is not distinct from ${from}`;
  return moved.count > 0;
}

export async function forgetAll(tx: Tx, libraryId: string): Promise<void> {
  await tx`delete from library_items where library_id = ${libraryId}`;
  await tx`delete from library_versions where library_id = ${libraryId}`;
}

/** What main has of an item. */
export async function putItem(
  tx: Tx,
  { id: library_id, tenant_id }: LibraryRow,
  path: string,
  item: ItemManifest,
): Promise<void> {
  const folder = path.split("/")[0]!;
  await tx`
    insert into library_items (library_id, tenant_id, id, folder, path, kind, title, tags, description, retired, version,
      updated_at)
    values (${library_id}, ${tenant_id}, ${item.id}, ${folder}, ${path}, ${item.content.kind}, ${item.title},
      ${item.tags}::text[], ${item.description}, ${item.retired}, ${item.version}, now())
    on conflict (library_id, id) do update set folder = excluded.folder, path = excluded.path, kind = excluded.kind,
      title = excluded.title, tags = excluded.tags, description = excluded.description, retired = excluded.retired,
      version = excluded.version, updated_at = now()`;
}

/** A version is written once. */
export async function putVersion(
  tx: Tx,
  { id: library_id, tenant_id }: LibraryRow,
  { path, commit }: { path: string; commit: string },
  item: ItemManifest,
): Promise<void> {
  await tx`
    insert into library_versions (library_id, tenant_id, item_id, version, note, published_by, published_at, commit_sha,
      path, content)
    values (${library_id}, ${tenant_id}, ${item.id}, ${item.version}, ${item.note}, ${item.published_by},
      ${item.published_at}, ${commit}, ${path}, ${tx.json(item.content as never)})
    on conflict do nothing`;
}

const shown = (q: Querier) =>
  q`i.*, v.note, v.published_by, v.published_at, v.content from library_items i
    join library_versions v on v.library_id = i.library_id and v.item_id = i.id and v.version = i.version`;

export async function findItem(q: Querier, library: LibraryRow, id: string): Promise<ShownItem | null> {
  const [row] = await q<ShownItem[]>`
    select ${
    shown(q)
  } where i.library_id = ${library.id} and i.tenant_id = ${library.tenant_id} and i.id = ${id}`;
  return row ?? null;
}

/** Newest first: ids sort by the time they were made. Text is looked for as it is written, in titles and tags. */
export async function listItems(q: Querier, library: LibraryRow, page: ItemPage): Promise<ShownItem[]> {
  const { cursor, folder, search, tag, ids } = page;
  return await q<ShownItem[]>`
    select ${shown(q)}
    where i.library_id = ${library.id} and i.tenant_id = ${library.tenant_id}
      ${ids ? q`and i.id = any(${ids}::uuid[])` : q`and i.retired = ${page.retired}`}
      ${folder === undefined ? q`` : q`and i.folder = ${folder}`}
      ${
    tag === undefined ? q`` : q`and exists (select 1 from unnest(i.tags) t where lower(t) = lower(${tag}))`
  }
      ${
    search === undefined ? q`` : q`and (strpos(lower(i.title), lower(${search})) > 0
        or exists (select 1 from unnest(i.tags) t where strpos(lower(t), lower(${search})) > 0))`
  }
      ${cursor === undefined ? q`` : q`and i.id < ${cursor}`}
    order by i.id desc limit ${page.limit}`;
}

export async function folderCounts(
  q: Querier,
  library: LibraryRow,
): Promise<{ folder: LibraryFolder; items: number }[]> {
  return await q<{ folder: LibraryFolder; items: number }[]>`
    select folder, count(*)::int as items from library_items
    where library_id = ${library.id} and not retired group by folder`;
}

export async function tagCounts(q: Querier, library: LibraryRow): Promise<{ tag: string; items: number }[]> {
  return await q<{ tag: string; items: number }[]>`
    select tag, count(*)::int as items from library_items, unnest(tags) as tag
    where library_id = ${library.id} and not retired group by tag order by items desc, tag limit 50`;
}

export async function versionsOf(q: Querier, library: LibraryRow, id: string): Promise<VersionRow[]> {
  return await q<VersionRow[]>`
    select * from library_versions where library_id = ${library.id} and item_id = ${id} order by version desc`;
}

export async function findVersion(
  q: Querier,
  library: LibraryRow,
  id: string,
  version: number,
): Promise<VersionRow | null> {
  const [row] = await q<VersionRow[]>`
    select * from library_versions
    where library_id = ${library.id} and tenant_id = ${library.tenant_id} and item_id = ${id} and version = ${version}`;
  return row ?? null;
}

export async function hasPath(q: Querier, library: LibraryRow, path: string): Promise<boolean> {
  const rows = await q`
    select 1 from library_items where library_id = ${library.id} and lower(path) = lower(${path})`;
  return rows.length > 0;
}

import { join } from "@std/path";
import type { Tx } from "../../gateway/db/mod.ts";
import { isId } from "../../shared/ids.ts";
import { StudioError } from "./error.ts";
import { forEach, type Live, prefixOf } from "./live.ts";
import { countRows, quoted, type TenantTable, tenantTables } from "./tables.ts";

export interface Leaving {
  id: string;
  slug: string;
  name: string;
  /** Its rows are gone: an earlier deletion did not come to its end. */
  half: boolean;
}

export interface Holdings {
  rows: { table: string; rows: number }[];
  /** Folders of repositories. */
  repositories: number;
  objects: number;
  /** Of the objects. */
  bytes: number;
}

/** Looks for what comes while it is being deleted this often; then somebody is still writing. */
const MOST_ROUNDS = 10;

/** A studio that is there, or of which something is. */
export async function findLeaving({ db }: Live, studio: string): Promise<Leaving> {
  const id = isId(studio) ? studio : null;
  const [row] = await db.sql<Leaving[]>`
    select id, slug, name, false as half from tenants where slug = ${studio} or id = ${id}::uuid
    union all select id, slug, name, true from removed_tenants where slug = ${studio} or id = ${id}::uuid`;
  if (!row) throw new StudioError(`There is no studio "${studio}"; deno task studio list names them.`);
  return row;
}

/** What there is of it. */
export async function holdingsOf(live: Live, { id, slug }: Pick<Leaving, "id" | "slug">): Promise<Holdings> {
  const rows = await countRows(live.db.sql, id);
  let [objects, bytes] = [0, 0];
  for await (const { size } of live.objects.list(prefixOf(id))) {
    objects++;
    bytes += size;
  }
  return { rows, repositories: await countFolders(folderOf(live, slug)), objects, bytes };
}

/**
 * Takes a studio away, whole: its rows in one transaction, with which its sessions, sockets, agents and leases end; then its
 * repositories, then its objects. Interrupted, it is done again and goes on. Nothing of another studio is touched.
 *
 * @param say is told before each part.
 */
export async function deleteStudio(
  live: Live,
  leaving: Leaving,
  say: (part: "rows" | "repositories" | "objects") => void | Promise<void> = () => {},
): Promise<void> {
  const { sql } = live.db;
  const { tables } = await tenantTables(sql);
  await say("rows");
  await patiently(() =>
    sql.begin(async (tx) => {
      // Whoever files something under it waits for this, and then finds no studio.
      await tx`select 1 from tenants where id = ${leaving.id} for update`;
      await tx`
        insert into removed_tenants (id, slug, name, stores) select ${leaving.id}, ${leaving.slug}, ${leaving.name}, (
          select coalesce(jsonb_agg(jsonb_build_object('place', place, 'checksums_enforced', checksums_enforced)), '[]')
          from tenant_stores where tenant_id = ${leaving.id})
        on conflict (id) do nothing`;
      await deleteRows(tx, tables, leaving.id);
    })
  );
  await live.objects.refresh();
  // A gateway may have been in the middle of something: a commit, an upload, a row of a table that names no studio.
  for (let round = 1;; round++) {
    await say("repositories");
    await removeFolder(folderOf(live, leaving.slug), removedFolderOf(live, leaving.id));
    await say("objects");
    await removeObjects(live, leaving.id);
    await patiently(() => sql.begin((tx) => deleteRows(tx, tables, leaving.id)));
    const { rows, repositories, objects } = await holdingsOf(live, leaving);
    if (!rows.length && !repositories && !objects) break;
    if (round === MOST_ROUNDS) {
      throw new StudioError(
        `Somebody still writes for ${leaving.name}: ${objects} objects and ${repositories} repositories came back. ` +
          "Look at who does, then delete it once more.",
      );
    }
  }
  await sql`delete from removed_tenants where id = ${leaving.id}`;
  await live.objects.refresh();
}

/** A job that is just being reported holds its row and waits for the studio's: PostgreSQL ends one of the two (40P01). */
async function patiently(deed: () => Promise<unknown>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await deed();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "40P01" || tries === MOST_ROUNDS) throw error;
    }
  }
}

async function deleteRows(tx: Tx, tables: TenantTable[], id: string): Promise<void> {
  for (const { name, whose } of tables) {
    await tx.unsafe(`delete from ${quoted(name)} where ${whose}`, [id]);
  }
}

function folderOf({ dataDir }: Live, slug: string): string {
  return join(dataDir, "repositories", slug);
}
/** No studio's: short names begin with a letter or a digit. */
function removedFolderOf({ dataDir }: Live, id: string): string {
  return join(dataDir, "repositories", `.removed-${id}`);
}

/** Out of reach in one step, so that nobody writes into what is just being removed. */
async function removeFolder(folder: string, removed: string): Promise<void> {
  await Deno.remove(removed, { recursive: true }).catch(ignoreMissing);
  await Deno.rename(folder, removed).catch(ignoreMissing);
  await Deno.remove(removed, { recursive: true }).catch(ignoreMissing);
}

async function removeObjects({ objects, dataDir }: Live, id: string): Promise<void> {
  const prefix = prefixOf(id);
  await forEach(objects.list(prefix), ({ key }) => objects.delete(key));
  if (objects.kind === "disk") {
    // The folders, too, and whatever else lies in them.
    await Deno.remove(join(dataDir, "objects", prefix), { recursive: true }).catch(ignoreMissing);
  }
  for (const store of (await objects.route(id)).all) {
    if (store.kind === "s3") await forEach(store.unfinished(prefix), (upload) => store.drop(upload));
  }
}

async function countFolders(folder: string): Promise<number> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).length;
  } catch (error) {
    return ignoreMissing(error) ?? 0;
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

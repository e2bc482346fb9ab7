import { join } from "@std/path";
import type { Operations } from "../../shared/api/operations.ts";
import type { Studio } from "../studio.ts";

/** Files of repositories that are looked at: about half a second of a local disk. */
const MOST_FILES = 20_000;

interface Row {
  objects: number;
  object_bytes: number;
  uploads: number;
  upload_bytes: number;
  repositories: number;
  outbox: number;
  oldest_s: number | null;
}

/**
 * What a studio keeps. Reads the tables of the rooms that own them by what leads their keys: projects by studio
 * (projects_tenant_id_slug_key), objects by project (lfs_objects_pkey), the library's by library (library_objects_pkey), the outbox by
 * project where it is open (outbox_open). Objects are added up, so it is not for every look: see kept.ts.
 */
export async function storageOf(
  { db, config }: Studio,
  tenant: { id: string; slug: string },
): Promise<Operations["storage"]> {
  const [row] = await db.sql<Row[]>`
    with stored as (
      select o.state, o.size from projects p join lfs_objects o on o.project_id = p.id where p.tenant_id = ${tenant.id}
      union all
      select o.state, o.size from libraries l join library_objects o on o.library_id = l.id where l.tenant_id = ${tenant.id}
    ), open as (
      select o.created_at from projects p join outbox o on o.project_id = p.id and o.done_at is null
      where p.tenant_id = ${tenant.id}
    )
    select count(*) filter (where state = 'ready') as objects,
      coalesce(sum(size) filter (where state = 'ready'), 0)::float8 as object_bytes,
      count(*) filter (where state = 'pending') as uploads,
      coalesce(sum(size) filter (where state = 'pending'), 0)::float8 as upload_bytes,
      (select count(*) from projects where tenant_id = ${tenant.id})
        + (select count(*) from libraries where tenant_id = ${tenant.id}) as repositories,
      (select count(*) from open) as outbox,
      (select extract(epoch from now() - min(created_at))::float8 from open) as oldest_s
    from stored`;
  const found = row!;
  const onDisk = await bytesIn(join(config.dataDir, "repositories", tenant.slug));
  return {
    objects: { count: found.objects, bytes: found.object_bytes },
    uploads: { count: found.uploads, bytes: found.upload_bytes },
    repositories: { count: found.repositories, ...onDisk },
    outbox: { waiting: found.outbox, oldest_s: found.oldest_s },
  };
}

/** Bytes of the files under a folder, as far as it gets; a file that goes meanwhile counts nothing. */
async function bytesIn(root: string): Promise<{ bytes: number; partial: boolean }> {
  const folders = [root];
  let bytes = 0, files = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const entry of Deno.readDir(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory) folders.push(path);
        if (!entry.isFile) continue;
        if (++files > MOST_FILES) return { bytes, partial: true };
        bytes += await Deno.stat(path).then(({ size }) => size, () => 0);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { bytes, partial: false };
}

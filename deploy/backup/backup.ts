import { join } from "@std/path";
import type { Stores } from "../../gateway/objects/mod.ts";
import { saveDatabase, type Source } from "./database.ts";
import { saveObjects } from "./objects.ts";
import { type BackupRecord, PGLITE } from "./record.ts";
import { saveRepositories } from "./repositories.ts";

export interface Live {
  db: Source;
  /** Null: `db` is the embedded one. */
  databaseUrl: string | null;
  dataDir: string;
  objects: Stores;
}

/**
 * Makes a folder of its own in `into` and returns its path. The studio may go on working, because of the order: first the
 * repositories, then the database, then the objects. So the database is never behind Git, and whatever it names is in the
 * store; what it decided while the backup ran and the saved repositories lack, `restore` tells Git again.
 *
 * @param say is told, and waited for, before each part.
 */
export async function backup(
  live: Live,
  into: string,
  say: (part: "repositories" | "database" | "objects") => void | Promise<void> = () => {},
): Promise<{ folder: string; record: BackupRecord }> {
  const made_at = new Date().toISOString();
  const name = `studio-${made_at.replace(/[:.]/g, "-")}`;
  const [making, folder] = [join(into, `.making-${name}`), join(into, name)];
  // It holds the hashes of all tokens and the key that signs URLs.
  await Deno.mkdir(making, { recursive: true, mode: 0o700 });
  try {
    const { sql } = live.db;
    const [begun] = await sql<{ at: string }[]>`select now()::text as at`;
    await say("repositories");
    const repositories = await saveRepositories(live.dataDir, join(making, "repositories"));
    await say("database");
    await saveDatabase(live.db, live.databaseUrl, making);
    const [outbox] = await sql<{ open: number }[]>`
      select count(*) as open from outbox where done_at is null`;
    const migrations = await sql<{ name: string }[]>`select name from migrations order by name`;
    await say("objects");
    const objects = await saveObjects(live.objects, live.dataDir, making);
    const record: BackupRecord = {
      schema: 1,
      made_at,
      database: live.db.kind,
      pglite: live.db.embedded ? PGLITE : null,
      begun_at: begun!.at,
      migrations: migrations.map((row) => row.name),
      outbox_open: outbox!.open,
      repositories,
      objects,
    };
    await Deno.writeTextFile(join(making, "backup.json"), JSON.stringify(record, null, 2) + "\n");
    await Deno.rename(making, folder);
    return { folder, record };
  } catch (error) {
    await Deno.remove(making, { recursive: true }).catch(() => {});
    throw error;
  }
}

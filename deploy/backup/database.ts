import type { PGlite } from "@electric-sql/pglite";
import { join } from "@std/path";
import { type Database, ensureTenantRole, openDatabase } from "../../gateway/db/mod.ts";
import { findPostgres, onPath } from "../setup/programs.ts";
import { BackupError } from "./record.ts";
import { run } from "./run.ts";

/** An open database as openDatabase gives it; `url` null is the embedded one. */
export type Source = Database & { embedded?: PGlite };

const DUMP = { postgresql: "database.dump", embedded: "database.tar.gz" } as const;

/** One snapshot of the whole database, while others go on writing. */
export async function saveDatabase(db: Source, url: string | null, folder: string): Promise<void> {
  const file = join(folder, DUMP[db.kind]);
  if (db.embedded) {
    const dump = await db.embedded.dumpDataDir("gzip");
    await Deno.writeFile(file, dump.stream(), { mode: 0o600 });
  } else {
    const { target, env } = connection(url!);
    await run(program("pg_dump"), ["--format=custom", `--file=${file}`, `--dbname=${target}`], { env });
    await Deno.chmod(file, 0o600);
  }
}

/** Into an empty database; what is there already is never overwritten. Open when it returns. */
export async function loadDatabase(
  to: { databaseUrl: string | null; dataDir: string },
  kind: Database["kind"],
  folder: string,
): Promise<Database> {
  if ((kind === "postgresql") !== (to.databaseUrl !== null)) {
    throw new BackupError(
      kind === "postgresql"
        ? "This backup is of a PostgreSQL database: set DATABASE_URL to an empty one."
        : "This backup is of an embedded database: leave DATABASE_URL unset.",
    );
  }
  const file = join(folder, DUMP[kind]);
  if (!to.databaseUrl) {
    if (await exists(join(to.dataDir, "database"))) {
      throw new BackupError(`${to.dataDir} has a database; restore into a new folder (STUDIO_DATA).`);
    }
    const snapshot = new Blob([await Deno.readFile(file)]);
    return await openDatabase({ url: null, dataDir: to.dataDir, snapshot });
  }
  const db = await openDatabase({ url: to.databaseUrl, dataDir: null });
  try {
    const [row] = await db.sql<{ tables: number }[]>`
      select count(*) as tables from pg_tables where schemaname = 'public'`;
    if (row!.tables > 0) {
      throw new BackupError(`That database has ${row!.tables} tables; restore into an empty one.`);
    }
    await ensureTenantRole(db.sql);
    const { target, env } = connection(to.databaseUrl);
    const how = ["--single-transaction", "--exit-on-error", "--no-owner"];
    await run(program("pg_restore"), [...how, `--dbname=${target}`, file], { env });
    return db;
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
}

/** The password goes by the environment: everybody on a machine may read the arguments of its programs. */
function connection(url: string): { target: string; env: Record<string, string> } {
  const target = new URL(url);
  const password = decodeURIComponent(target.password);
  target.password = "";
  return { target: target.href, env: password ? { PGPASSWORD: password } : {} };
}

/** The newest there is: an older pg_dump refuses a newer server. */
function program(name: string): string {
  const found = [findPostgres(name), onPath(name)].find((path) => path && isFile(path));
  if (found) return found;
  throw new BackupError(`${name} is not installed; it comes with PostgreSQL's client package.`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

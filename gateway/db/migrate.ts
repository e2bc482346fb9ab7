import { join } from "@std/path";
import type { Sql } from "./mod.ts";
import { ensureTenantRole } from "./tenant_role.ts";

const FOLDER = join(import.meta.dirname!, "migrations");
/** Any fixed number: gateways that start together take this lock in turn. */
const MIGRATION_LOCK = 7_305_117;

/**
 * Brings the schema up to date: numbered files, each once, in order, in one transaction. Several gateways may start at
 * once. A file never changes once it has landed; a later one corrects it. Returns the names applied now.
 */
export async function migrate(sql: Sql): Promise<string[]> {
  const files = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) =>
    /^\d{4}_\w+\.sql$/.test(name)
  ).sort();
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    await ensureTenantRole(tx);
    await tx`create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`;
    const done = new Set((await tx<{ name: string }[]>`select name from migrations`).map((row) => row.name));
    const unknown = [...done].filter((name) => !files.includes(name));
    if (unknown.length) {
      throw new Error(
        `Cannot use this database: it has ${unknown.join(", ")} from a newer studio; run that version`,
      );
    }
    const fresh = files.filter((name) => !done.has(name));
    for (const name of fresh) {
      await tx.unsafe(await Deno.readTextFile(join(FOLDER, name)));
      await tx`insert into migrations (name) values (${name})`;
    }
    return fresh;
  }) as string[];
}

import { join } from "@std/path";
import type { Querier, Sql } from "./mod.ts";
import { ensureTenantRole } from "./tenant_role.ts";

const FOLDER = join(import.meta.dirname!, "migrations");
/** Any fixed number: gateways that start together take this lock in turn. */
const MIGRATION_LOCK = 7_305_117;
/** First line of a file that takes something away from the release before. */
const CONTRACTS = /^-- contracts: \S/;

/**
 * Brings the schema up to date: numbered files, each once, in order, in one transaction. Several gateways may start at
 * once. A file never changes once it has landed; a later one corrects it. Returns the names applied now.
 *
 * A gateway of the release before runs on beside this one, and may be started again, as long as what came since only adds to the schema
 * (expand). A file that takes something away begins with `-- contracts: <what, and since which release nothing asks for it>`;
 * older gateways do not start on it any more.
 */
export async function migrate(sql: Sql): Promise<string[]> {
  const files = ownFiles();
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    await ensureTenantRole(tx);
    await ensureTable(tx);
    const { done, tooNew } = await foundIn(tx, files);
    if (tooNew.length) {
      throw new Error(
        `Cannot use this database: it has ${tooNew.join(", ")} from a newer studio; run that version`,
      );
    }
    const fresh = files.filter((name) => !done.has(name));
    for (const name of fresh) {
      const text = await Deno.readTextFile(join(FOLDER, name));
      await tx.unsafe(text);
      await tx`insert into migrations (name, contracts) values (${name}, ${CONTRACTS.test(text)})`;
    }
    return fresh;
  }) as string[];
}

/** Files of a newer studio that took something away which this program may ask for: it is to be replaced. */
export async function tooNewFor(sql: Sql): Promise<string[]> {
  return (await foundIn(sql, ownFiles())).tooNew;
}

function ownFiles(): string[] {
  return [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) =>
    /^\d{4}_\w+\.sql$/.test(name)
  )
    .sort();
}

/** Studios of before this column: a file of theirs that is not known here is taken for one that contracts. */
async function ensureTable(tx: Querier): Promise<void> {
  await tx`create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`;
  const [column] = await tx`
    select from pg_attribute where attrelid = 'migrations'::regclass and attname = 'contracts'`;
  if (!column) await tx`alter table migrations add column contracts boolean not null default true`;
}

async function foundIn(q: Querier, files: string[]): Promise<{ done: Set<string>; tooNew: string[] }> {
  const rows = await q<{ name: string; contracts: boolean }[]>`select name, contracts from migrations`;
  return {
    done: new Set(rows.map((row) => row.name)),
    tooNew: rows.filter((row) => row.contracts && !files.includes(row.name)).map((row) => row.name),
  };
}

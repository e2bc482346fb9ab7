import type { DatabaseFigures, SlowQuery } from "../../shared/api/operations.ts";
import type { Database, Sql } from "./mod.ts";
import { asSystem } from "./scope.ts";

/** Of queries, and characters of each. */
const MOST_SLOW = 10;
const MOST_TEXT = 400;

/** How the database does, for the gateway's operator: it is everybody's on it, so it is asked as the system. Reads catalogues alone. */
export function databaseFigures({ sql, kind }: Database): Promise<DatabaseFigures> {
  return asSystem(async () => {
    const [row] = await sql<{ version: string; bytes: number; used: number; most: number }[]>`
      select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
        (select count(*)::int from pg_stat_activity where datname = current_database()) as used,
        current_setting('max_connections')::int as most`;
    const { version, bytes, used, most } = row!;
    return {
      kind,
      version,
      bytes,
      connections: kind === "embedded" ? null : { used, most },
      ...(kind === "embedded"
        ? {
          slow: [],
          slow_missing:
            "The embedded database does not count its queries. With PostgreSQL (DATABASE_URL) they are counted.",
        }
        : await slowQueries(sql)),
    };
  });
}

/** By pg_stat_statements, which is PostgreSQL's own extension and has to be loaded with the server. */
async function slowQueries(sql: Sql): Promise<Pick<DatabaseFigures, "slow" | "slow_missing">> {
  const [extension] = await sql<{ schema: string }[]>`
    select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'`;
  if (!extension) return { slow: [], slow_missing: HOW };
  try {
    // The gateway's own role, and the one in which it asks as a tenant: without the right, PostgreSQL hides the text of all but the first.
    const slow = await sql<SlowQuery[]>`
      select left(regexp_replace(query, '\\s+', ' ', 'g'), ${MOST_TEXT}) as query, calls::float8 as calls,
        mean_exec_time as mean_ms, total_exec_time as total_ms
      from ${sql(extension.schema)}.pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
      order by total_exec_time desc limit ${MOST_SLOW}`;
    const told = slow.filter(({ query }) => query !== HIDDEN);
    return { slow: told, slow_missing: told.length < slow.length ? NOT_ALLOWED : null };
  } catch (error) {
    // object_not_in_prerequisite_state: there, but the server was not started with it. insufficient_privilege: not for us.
    if ((error as { code?: string }).code === "55000") return { slow: [], slow_missing: HOW };
    if ((error as { code?: string }).code === "42501") return { slow: [], slow_missing: NOT_ALLOWED };
    throw error;
  }
}

const HOW =
  "Slow queries are not counted. Start PostgreSQL with shared_preload_libraries = 'pg_stat_statements', then run " +
  "once in the studio's database: create extension pg_stat_statements;";
/** PostgreSQL's own word for a query that is not for us. */
const HIDDEN = "<insufficient privilege>";
const NOT_ALLOWED =
  "The gateway's database user may not read all of pg_stat_statements. Allow it once as the server's owner: " +
  "grant pg_read_all_stats to that user;";

import type postgres from "postgres";
import type { Exclusively } from "./exclusively.ts";

export type Sql = postgres.Sql;
/** A transaction; every store function takes `Sql | Tx`, so that rooms can share one. */
export type Tx = postgres.TransactionSql;
export type Querier = Sql | Tx;

/** One open database: PostgreSQL by DATABASE_URL, or embedded PGlite behind the same client. */
export interface Database extends AsyncDisposable {
  sql: Sql;
  kind: "postgresql" | "embedded";
  /**
   * Calls `heard` for each NOTIFY of other gateways on `channel`, also across restarts of the server; `again` when the
   * line is up after it was down, as what was said meanwhile is lost. Embedded: never.
   */
  listen(
    channel: string,
    heard: (payload: string) => void,
    again?: () => void,
  ): Promise<AsyncDisposable>;
  /**
   * Runs work that no two gateways may do at once, under a lock of that name; `busy` when another gateway holds it. The work asks by `sql`,
   * not in a transaction of the lock's. Embedded there is one process, which keeps its own order.
   */
  exclusively: Exclusively;
}

export { databaseFigures } from "./figures.ts";
export { openDatabase } from "./open.ts";
export { FolderInUse } from "./folder_lock.ts";
export { answering, DatabaseAway } from "./answering.ts";
export { asSystem, asTenant, bindScope } from "./scope.ts";
export { ensureTenantRole } from "./tenant_role.ts";
export { migrate, tooNewFor } from "./migrate.ts";

import { AsyncLocalStorage } from "node:async_hooks";
import { isId } from "../../shared/ids.ts";

/**
 * For whom the code that runs now asks the database. Row-level security (migrations/0023) is the second wall between studios: a
 * query that forgets its tenant still sees and changes one studio's rows only.
 *
 * A request runs as the tenant of whoever sent it, or as nobody; the gateway's own work (sweeping, migrating, telling who a
 * token belongs to) runs as the system. The database's client says it to the server right before a query, when the connection
 * spoke for another before.
 */
const scopes = new AsyncLocalStorage<string>();

/** The role in which policies hold; see migrations/0023. */
const ROLE = "studio_tenant";
const SYSTEM = statement("none", "");
/** A tenant that nobody is. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** Runs as one tenant; null: as nobody, who sees no row of any. */
export function asTenant<T>(tenantId: string | null, run: () => T): T {
  if (tenantId !== null && !isId(tenantId)) throw new Error(`Not a tenant: ${tenantId}`);
  return scopes.run(statement(ROLE, tenantId ?? NOBODY), run);
}

/** Runs as the gateway itself, whoever asked: for what is the same for all, or decides who asks. Use it close to the query. */
export function asSystem<T>(run: () => T): T {
  return scopes.run(SYSTEM, run);
}

/** A function that runs as whoever makes it, whoever calls it: for sockets, which call from nowhere. */
export function bindScope<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  const scope = currentScope();
  return (...args) => scopes.run(scope, () => run(...args));
}

/** What a connection must have said last before a query of the code that runs now. */
export function currentScope(): string {
  return scopes.getStore() ?? SYSTEM;
}

function statement(role: string, tenant: string): string {
  return `select set_config('role', '${role}', false), set_config('studio.tenant', '${tenant}', false)`;
}

import type { Log } from "../http/mod.ts";
import type { Sql } from "./mod.ts";

/** Seconds that a gateway waits for a database which starts beside it. */
const PATIENCE_S = 30;

export class DatabaseAway extends Error {
  override name = "DatabaseAway";
}

/** Until the database answers; {@link DatabaseAway}, which says what to check, when it does not in time. */
export async function answering(sql: Sql, log: Log, patienceS = PATIENCE_S): Promise<void> {
  const until = Date.now() + patienceS * 1000;
  for (let wait = 100;; wait = Math.min(wait * 2, 2000)) {
    try {
      await sql`select 1`;
      return;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      // A wrong password or a missing database does not get better by waiting.
      if (/^(28|3D)/.test(String((cause as { code?: unknown }).code)) || Date.now() + wait > until) {
        throw new DatabaseAway(`The database does not let the studio in: ${why}. Check DATABASE_URL.`, {
          cause,
        });
      }
      log.warn("Waiting for the database", { why });
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

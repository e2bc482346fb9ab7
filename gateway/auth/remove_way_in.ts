import type { Context } from "hono";
import type { AuditWhat } from "../../shared/api/audit.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Tx } from "../db/mod.ts";
import type { Env } from "../studio.ts";
import { requireUser } from "./require.ts";

export interface WayIn {
  /** As the log calls it. */
  what: AuditWhat;
  /** The sentence for a person to whom it does not belong. */
  missing: string;
  /** Takes it away; what the log names, or null when it is not there. */
  remove(tx: Tx): Promise<{ id: string; name: string } | null>;
}

/** Takes one of the asker's ways in away, and the log tells it. Errors: ProblemError `not_found`. */
export async function removeWayIn(c: Context<Env>, { what, missing, remove }: WayIn): Promise<void> {
  const user = requireUser(c);
  const removed = await c.get("studio").db.sql.begin(async (tx) => {
    const subject = await remove(tx);
    if (subject) await writeAudit(tx, { tenantId: user.tenant_id, who: user, what, subject });
    return subject !== null;
  });
  if (!removed) throw new ProblemError("not_found", missing);
}

import type { AuditWhat } from "../../shared/api/audit.ts";
import type { Querier } from "../db/mod.ts";

/** One thing that somebody did. Names are kept as they were; never a secret. */
export interface Deed {
  tenantId: string;
  /** Nobody's id: the studio itself, or a machine. */
  who: { user_id?: string | undefined; name: string };
  what: AuditWhat;
  subject?: { id?: string; name: string };
  detail?: Record<string, unknown>;
}

/** Appends to the audit log; with a transaction it is there when the deed is, and only then. */
export async function writeAudit(q: Querier, { tenantId, who, what, subject, detail }: Deed): Promise<void> {
  await q`
    insert into audit_log (tenant_id, who_id, who, what, subject_id, subject, detail)
    values (
      ${tenantId}, ${who.user_id ?? null}, ${who.name}, ${what}, ${subject?.id ?? null}, ${
    subject?.name ?? ""
  },
      ${q.json((detail ?? {}) as never)}
    )`;
}

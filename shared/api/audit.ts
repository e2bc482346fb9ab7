import { z } from "zod";
import { PageQuery } from "../http/list.ts";
import { Id } from "../ids.ts";

/** What the audit log keeps. */
export const AuditWhat = z.enum([
  "signed_in",
  "signed_out",
  "session_ended",
  "invited",
  "let_back",
  "role_changed",
  "renamed",
  "access_taken",
  "token_made",
  "token_revoked",
  "passkey_added",
  "passkey_removed",
  "account_connected",
  "account_disconnected",
  "let_in",
  "project_made",
  "project_archived",
  "project_restored",
  "join_code_made",
  "agent_joined",
  "agent_paused",
  "agent_resumed",
  "agent_changed",
  "agent_removed",
  "agent_let_out",
  "placement_changed",
  "rendered",
  "take_activated",
  "branch_made",
  "branch_merged",
  "branch_discarded",
  "branch_restored",
  "item_published",
  "item_retired",
  "lock_broken",
  "credits_given",
  "checks_changed",
  "machine_blamed",
  "take_kept",
]);
export type AuditWhat = z.infer<typeof AuditWhat>;

/** GET /api/audit */
export const AuditQuery = PageQuery.extend({
  what: AuditWhat.optional(),
  /** A person's id. */
  who: Id.optional(),
});
export const AuditEntry = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  who: z.string(),
  who_id: Id.nullable(),
  what: AuditWhat,
  subject: z.string(),
  subject_id: Id.nullable(),
  detail: z.record(z.string(), z.unknown()),
  /** "Ada invited Grace as artist." */
  sentence: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

import { Hono } from "hono";
import { AuditEntry, AuditQuery, type AuditWhat } from "../../shared/api/audit.ts";
import { page } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { checkUser } from "../auth/require.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { sentenceOf } from "./sentence.ts";

interface AuditRow {
  id: number;
  at: Date;
  who_id: string | null;
  who: string;
  what: AuditWhat;
  subject_id: string | null;
  subject: string;
  detail: Record<string, unknown>;
}

/** Mounted under /api. */
export function auditRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/audit",
    operation({
      summary: "Who did what, newest first; for owners",
      tag: "auth",
      may: "people",
      query: AuditQuery,
      response: { status: 200, schema: page(AuditEntry) },
    }),
    async (c) => {
      const owner = checkUser(c.get("principal"), "self");
      const { cursor, limit, what, who } = parseQuery(c, AuditQuery);
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      const { sql } = c.get("studio").db;
      const rows = await sql<AuditRow[]>`
        select id, at, who_id, who, what, subject_id, subject, detail from audit_log
        where tenant_id = ${owner.tenant_id}
          ${cursor === undefined ? sql`` : sql`and id < ${Number(cursor)}`}
          ${what === undefined ? sql`` : sql`and what = ${what}`}
          ${who === undefined ? sql`` : sql`and who_id = ${who}`}
        order by id desc limit ${limit + 1}`;
      const items = rows.slice(0, limit).map(view);
      return c.json(rows.length > limit ? { items, next: items.at(-1)!.id } : { items });
    },
  );
  return app;
}

function view(row: AuditRow): AuditEntry {
  return { ...row, id: String(row.id), at: row.at.toISOString(), sentence: sentenceOf(row) };
}

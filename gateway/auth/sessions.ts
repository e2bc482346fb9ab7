import { Hono } from "hono";
import { Session } from "../../shared/api/auth.ts";
import { page } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { endSession, openSession } from "./enter.ts";
import { credentialsOf } from "./credentials.ts";
import { checkUser } from "./require.ts";
import { findToken, listSessions, revokeToken } from "./tokens.ts";

/** Own sessions: opened with an access token, listed, ended; part of authRoutes(). */
export function sessionRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/auth/sessions",
    operation({
      summary: "List your sessions, the last used first",
      tag: "auth",
      may: "account",
      response: { status: 200, schema: page(Session) },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const { auth, db } = c.get("studio");
      const current = await auth.tokenIdOf(c.req.raw);
      const rows = await listSessions(db.sql, { tenantId: user.tenant_id, userId: user.user_id });
      return c.json({
        items: rows.map((row) => ({
          id: row.id,
          user_agent: row.user_agent,
          created_at: row.created_at.toISOString(),
          last_used_at: row.last_used_at?.toISOString() ?? null,
          current: row.id === current,
        })),
      });
    },
  );

  app.post(
    "/auth/sessions",
    operation({
      summary: "Sign this browser in with an access token; the session ends with the token",
      tag: "auth",
      may: "self",
      response: { status: 204, description: "A session cookie" },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      if (user.via !== "access") {
        throw new ProblemError("unprocessable", "There is a session here already: nothing is left to do.");
      }
      const { db } = c.get("studio");
      const token = await findToken(db.sql, credentialsOf(c.req.raw)!.secret);
      await openSession(c, {
        tenantId: user.tenant_id,
        userId: user.user_id,
        with: "access",
        parent: token!,
      });
      return c.body(null, 204);
    },
  );

  app.delete(
    "/auth/sessions/:session",
    operation({
      summary: "End one of your sessions",
      tag: "auth",
      may: "account",
      response: { status: 204 },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const { auth, db } = c.get("studio");
      const tokenId = c.req.param("session");
      const own = { tenantId: user.tenant_id, userId: user.user_id, kind: "session", tokenId } as const;
      const current = await auth.tokenIdOf(c.req.raw);
      const ended = isId(tokenId) && await db.sql.begin(async (tx) => {
        if (!await revokeToken(tx, own)) return false;
        await writeAudit(tx, { tenantId: user.tenant_id, who: user, what: "session_ended" });
        return true;
      });
      if (!ended) throw new ProblemError("not_found", "You have no such session.");
      if (tokenId === current) endSession(c);
      return c.body(null, 204);
    },
  );
  return app;
}

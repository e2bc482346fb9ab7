import { Hono } from "hono";
import {
  AccessToken,
  CreateAccessToken,
  CreatedAccessToken,
  CreateLink,
  Link,
  Me,
} from "../../shared/api/auth.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { page } from "../../shared/http/list.ts";
import { isId, uuidv7 } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { baseUrl, endSession } from "./enter.ts";
import { credentialsOf } from "./credentials.ts";
import type { Role, Scope } from "../../shared/roles.ts";
import type { UserPrincipal } from "./mod.ts";
import { checkOwnership, peopleRoutes } from "./people.ts";
import { passkeySignInRoutes } from "./passkey_sign_in.ts";
import { passkeyRoutes } from "./passkeys.ts";
import { providerRoutes } from "./provider_routes.ts";
import { sessionRoutes } from "./sessions.ts";
import { checkUser } from "./require.ts";
import { findToken, insertToken, listAccessTokens, type Minted, revokeToken } from "./tokens.ts";
import type { Sql } from "../db/mod.ts";
import type { z } from "zod";

/** Who am I, one-time links, own access tokens, signing out. Mounted under /api. */
export function authRoutes(): Router {
  const app = new Hono<Env>();
  // Whatever was changed here may have ended a token or changed a role: what is open with it ends now.
  app.use("/auth/*", async (c, next) => {
    await next();
    if (!["GET", "HEAD"].includes(c.req.method) && c.res.ok) c.get("studio").events.ended();
  });
  app.route("/", peopleRoutes());
  app.route("/", sessionRoutes());
  app.route("/", passkeyRoutes());
  app.route("/", passkeySignInRoutes());
  app.route("/", providerRoutes());

  app.get(
    "/me",
    operation({
      summary: "Who this request comes from",
      tag: "auth",
      may: "self",
      response: { status: 200, schema: Me },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const [studio] = await c.get("studio").db.sql<{ id: string; slug: string; name: string }[]>`
        select id, slug, name from tenants where id = ${user.tenant_id}`;
      return c.json({
        id: user.user_id,
        name: user.name,
        role: user.role,
        studio: studio!,
        via: user.via,
        scopes: user.scopes,
      });
    },
  );

  app.post(
    "/auth/links",
    operation({
      summary: "Make a one-time link that lets a person in",
      tag: "auth",
      may: "people",
      body: CreateLink,
      response: { status: 201, schema: Link },
    }),
    async (c) => {
      const owner = checkUser(c.get("principal"), "self");
      const body = await parseBody(c, CreateLink);
      const { user, secret, expires_at } = await makeLink(c.get("studio").db.sql, owner, body);
      return c.json({
        url: `${baseUrl(c)}/enter?token=${secret}`,
        expires_at: expires_at!.toISOString(),
        user,
      }, 201);
    },
  );

  app.get(
    "/auth/tokens",
    operation({
      summary: "List your access tokens",
      tag: "auth",
      may: "account",
      response: { status: 200, schema: page(AccessToken) },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const rows = await listAccessTokens(c.get("studio").db.sql, {
        tenantId: user.tenant_id,
        userId: user.user_id,
      });
      return c.json({ items: rows.map(accessTokenView) });
    },
  );

  app.post(
    "/auth/tokens",
    operation({
      summary: "Make an access token for Git, scripts and programs; it is shown this once",
      tag: "auth",
      may: "account",
      body: CreateAccessToken,
      response: { status: 201, schema: CreatedAccessToken },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const { name, expires_s, scopes } = await parseBody(c, CreateAccessToken);
      const made = await c.get("studio").db.sql.begin(async (tx) => {
        const token = await insertToken(tx, {
          kind: "access",
          tenantId: user.tenant_id,
          userId: user.user_id,
          name,
          expiresS: expires_s,
          scopes,
        });
        await writeAudit(tx, {
          tenantId: user.tenant_id,
          who: user,
          what: "token_made",
          subject: { id: token.id, name },
          detail: { expires_s, ...(scopes ? { scopes } : {}) },
        });
        return token;
      }) as Minted;
      return c.json(
        { ...accessTokenView({ ...made, name, scopes, last_used_at: null }), token: made.secret },
        201,
      );
    },
  );

  app.delete(
    "/auth/tokens/:token",
    operation({
      summary: "Revoke one of your access tokens",
      tag: "auth",
      may: "account",
      response: { status: 204 },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      const tokenId = c.req.param("token");
      const own = { tenantId: user.tenant_id, userId: user.user_id, kind: "access", tokenId } as const;
      const revoked = isId(tokenId) && await c.get("studio").db.sql.begin(async (tx) => {
        const token = await revokeToken(tx, own);
        if (!token) return false;
        await writeAudit(tx, {
          tenantId: user.tenant_id,
          who: user,
          what: "token_revoked",
          subject: { id: tokenId, name: token.name },
        });
        return true;
      });
      if (!revoked) throw new ProblemError("not_found", "You have no such access token.");
      return c.body(null, 204);
    },
  );

  app.post(
    "/auth/logout",
    operation({ summary: "End this session", tag: "auth", may: "self", response: { status: 204 } }),
    async (c) => {
      const user = checkUser(c.get("principal"), "self");
      if (user.via !== "session") {
        throw new ProblemError("unprocessable", "There is no session here: revoke the access token instead.");
      }
      const sql = c.get("studio").db.sql;
      const token = await findToken(sql, credentialsOf(c.req.raw)!.secret);
      await sql.begin(async (tx) => {
        await revokeToken(tx, {
          tenantId: user.tenant_id,
          userId: user.user_id,
          kind: "session",
          tokenId: token!.id,
        });
        await writeAudit(tx, { tenantId: user.tenant_id, who: user, what: "signed_out" });
      });
      endSession(c);
      return c.body(null, 204);
    },
  );

  return app;
}

async function makeLink(sql: Sql, owner: UserPrincipal, body: z.infer<typeof CreateLink>) {
  return await sql.begin(async (tx) => {
    let user: { id: string; name: string; role: Role } | undefined;
    if ("user_id" in body) {
      [user] = await tx<{ id: string; name: string; role: Role }[]>`
        select id, name, role from users 
        where id = ${body.user_id} and tenant_id = ${owner.tenant_id} and removed_at is null`;
      if (!user) throw new ProblemError("not_found", "There is no such person in this studio.");
      checkOwnership(owner, user.role);
    } else {
      checkOwnership(owner, body.role);
      user = { id: uuidv7(), name: body.name, role: body.role };
      await tx`
        insert into users (id, tenant_id, name, role)
        values (${user.id}, ${owner.tenant_id}, ${user.name}, ${user.role})`;
    }
    const link = await insertToken(tx, {
      kind: "enter",
      tenantId: owner.tenant_id,
      userId: user.id,
      expiresS: body.expires_s,
    });
    await writeAudit(tx, {
      tenantId: owner.tenant_id,
      who: owner,
      what: "user_id" in body ? "let_back" : "invited",
      subject: user,
      detail: { role: user.role },
    });
    return { user, secret: link.secret, expires_at: link.expires_at };
  });
}

function accessTokenView(
  row: {
    id: string;
    name: string;
    scopes: Scope[] | null;
    created_at: Date;
    expires_at: Date | null;
    last_used_at: Date | null;
  },
) {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

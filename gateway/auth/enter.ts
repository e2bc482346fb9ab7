import { type Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { writeAudit } from "../audit/mod.ts";
import { asSystem, type Querier } from "../db/mod.ts";
import { messagePage, operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { createAttempts } from "./attempts.ts";
import { SESSION_COOKIE } from "./credentials.ts";
import { clientAddress } from "./middleware.ts";
import { insertToken, spendEnterToken, type TokenRow } from "./tokens.ts";

/** Seconds that a browser stays signed in. */
const SESSION_S = 30 * 86_400;

/** `GET /enter?token=…`, mounted at the root: a one-time link becomes a session. */
export function enterRoutes(): Router {
  const app = new Hono<Env>();
  const attempts = createAttempts();

  app.get(
    "/enter",
    operation({
      summary: "Open the studio with a one-time link",
      tag: "auth",
      auth: "nobody",
      response: { status: 302, description: "To the canvas, with a session cookie" },
    }),
    async (c) => {
      leaveNoTrace(c);
      // Hono answers HEAD here too; neither a look nor a browser's guess may use up the link.
      if (c.req.method === "HEAD" || c.req.header("sec-purpose")?.includes("prefetch")) {
        return c.body(null, 204);
      }
      const sql = c.get("studio").db.sql;
      const secret = c.req.query("token") ?? "";
      // Whose link it is, the link says.
      const spent = await asSystem(() =>
        sql.begin(async (tx) => {
          const link = await spendEnterToken(tx, secret);
          if (!link) return false;
          await openSession(c, { tenantId: link.tenant_id, userId: link.user_id, with: "link" }, tx);
          return true;
        })
      );
      if (!spent) {
        const waitS = attempts.failed(clientAddress(c));
        if (waitS) c.header("retry-after", String(waitS));
        return c.html(DEAD_LINK, waitS ? 429 : 410);
      }
      return c.redirect("/", 302);
    },
  );
  return app;
}

/** Opens a session of a person in the browser that asks, and writes down that it did. */
export async function openSession(
  c: Context<Env>,
  person: {
    tenantId: string;
    userId: string;
    with: "link" | "access" | "passkey" | "provider";
    parent?: Pick<TokenRow, "id" | "expires_in_s" | "scopes">;
  },
  q: Querier = c.get("studio").db.sql,
): Promise<void> {
  const { tenantId, userId, parent } = person;
  const expiresS = Math.min(SESSION_S, parent?.expires_in_s ?? Infinity);
  const userAgent = (c.req.header("user-agent") ?? "").slice(0, 300);
  const session = await insertToken(q, {
    kind: "session",
    tenantId,
    userId,
    userAgent,
    ...(parent ? { parentId: parent.id, scopes: parent.scopes } : {}),
    expiresS,
  });
  const [user] = await q<{ name: string }[]>`
    select name from users where id = ${userId} and tenant_id = ${tenantId}`;
  await writeAudit(q, {
    tenantId,
    who: { user_id: userId, name: user!.name },
    what: "signed_in",
    detail: { with: person.with, user_agent: userAgent },
  });
  putCookie(c, SESSION_COOKIE, session.secret, { path: "/", maxAge: Math.floor(expiresS) });
}

/** A secret of this browser: no script reads it, and other sites send it only with a link that somebody follows. */
export function putCookie(
  c: Context<Env>,
  name: string,
  secret: string,
  options: { path: string; maxAge: number },
): void {
  setCookie(c, name, secret, {
    ...options,
    httpOnly: true,
    sameSite: "Lax",
    secure: baseUrl(c).startsWith("https:"),
  });
}

/** An address with a secret in it: no cache keeps the answer, and nobody is told where the browser came from. */
export function leaveNoTrace(c: Context<Env>): void {
  c.header("cache-control", "no-store");
  c.header("referrer-policy", "no-referrer");
}

export function endSession(c: Context<Env>): void {
  deleteCookie(c, SESSION_COOKIE, { path: "/", secure: baseUrl(c).startsWith("https:") });
}

/** What the gateway calls itself, without a slash at the end: PUBLIC_URL, else as this request called it. */
export function baseUrl(c: Context<Env>): string {
  return c.get("studio").config.publicUrl ?? new URL(c.req.url).origin;
}

const DEAD_LINK = messagePage("This link no longer works", [
  "A link opens the studio once, and only for a while. This one was used, has run out, or was not copied whole.",
  "If you were invited, ask the owner of the studio for another link. If the studio runs on your machine, " +
  "`deno task start` prints one each time.",
]);

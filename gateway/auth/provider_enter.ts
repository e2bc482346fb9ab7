import { type Context, Hono } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import { uuidv7 } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { asSystem, type Tx } from "../db/mod.ts";
import { messagePage, operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { makeChallenge, takeChallenge } from "./challenges.ts";
import { baseUrl, leaveNoTrace, openSession, putCookie } from "./enter.ts";
import type { Claims, Provider } from "./oidc.ts";
import { providerOf } from "./provider.ts";
import { checkUser } from "./require.ts";

/** Ties the way back to the browser that set out: without it somebody could be signed in as somebody else. */
const WAY_COOKIE = "gms_way";
const CALLBACK = "/enter/oidc/callback";

/** `GET /enter/oidc`, mounted at the root: to the provider, and back with a session. `?connect` adds the account to who is signed in. */
export function providerEnterRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/enter/oidc",
    operation({
      summary:
        "Sign in with the studio's OpenID Connect provider; with `connect`, add that account to who is signed in",
      tag: "auth",
      auth: "nobody",
      response: { status: 302, description: "To the provider" },
    }),
    async (c) => {
      c.header("cache-control", "no-store");
      const studio = c.get("studio");
      const provider = providerOf(studio);
      if (!provider) return c.html(messagePage("There is no such way in", [NO_PROVIDER]), 404);
      const connect = c.req.query("connect") !== undefined;
      const user = connect ? checkUser(c.get("principal"), "account") : null;
      let begun: Awaited<ReturnType<Provider["begin"]>>;
      try {
        begun = await provider.begin(baseUrl(c) + CALLBACK);
      } catch (error) {
        studio.log.warn("The OpenID Connect provider cannot be asked", { error });
        return c.html(
          messagePage(`${provider.name} does not answer`, [
            "Try again in a moment, or sign in with a link, a passkey or an access token.",
          ]),
          502,
        );
      }
      const id = await makeChallenge(studio.db.sql, {
        kind: "oidc",
        secret: { ...begun.secret, ...(user ? { connect: user.user_id } : {}) },
      });
      putCookie(c, WAY_COOKIE, id, { path: "/enter/oidc", maxAge: 600 });
      return c.redirect(begun.url.href, 302);
    },
  );

  app.get(
    CALLBACK,
    operation({
      summary: "Where the OpenID Connect provider sends the browser back to",
      tag: "auth",
      auth: "nobody",
      response: { status: 302, description: "To the canvas, with a session cookie" },
    }),
    async (c) => {
      leaveNoTrace(c);
      const studio = c.get("studio");
      const provider = providerOf(studio);
      const way = getCookie(c, WAY_COOKIE);
      deleteCookie(c, WAY_COOKIE, { path: "/enter/oidc" });
      const secret = provider && way ? await takeChallenge(studio.db.sql, { id: way, kind: "oidc" }) : null;
      if (!provider || !secret) return c.html(messagePage("That took too long", [BEGIN_AGAIN]), 410);
      let claims: Claims;
      try {
        claims = await provider.finish(new URL(baseUrl(c) + CALLBACK + new URL(c.req.url).search), secret);
      } catch (error) {
        studio.log.warn("What an OpenID Connect provider said does not hold", { error });
        return c.html(messagePage(`${provider.name} did not let you in`, [BEGIN_AGAIN]), 403);
      }
      const refusal = await asSystem(() =>
        studio.db.sql.begin((tx) => enter(c, tx, claims, secret.connect ?? null))
      );
      if (refusal) return c.html(messagePage("This studio does not know you yet", [refusal]), 403);
      return c.redirect(secret.connect ? "/people" : "/", 302);
    },
  );
  return app;
}

/** Opens a session, or says in a sentence why not. */
async function enter(
  c: Context<Env>,
  tx: Tx,
  claims: Claims,
  connect: string | null,
): Promise<string | null> {
  const { issuer, subject } = claims;
  const label = claims.email ?? claims.name ?? subject;
  // Two browsers that come with the same account at once are one after the other here.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`${issuer} ${subject}`}, 0))`;
  const [known] = await tx<{ tenant_id: string; user_id: string; gone: boolean }[]>`
    update identities i set last_used_at = now() from users u
    where i.issuer = ${issuer} and i.subject = ${subject} and u.id = i.user_id
    returning i.tenant_id, i.user_id, u.removed_at is not null as gone`;
  if (connect !== null) {
    const user = c.get("principal");
    if (user.kind !== "user" || user.user_id !== connect) return BEGIN_AGAIN;
    if (known && !known.gone) {
      return known.user_id === user.user_id ? null : `${label} signs somebody else in here already.`;
    }
    await tx`
      insert into identities (issuer, subject, tenant_id, user_id, label)
      values (${issuer}, ${subject}, ${user.tenant_id}, ${user.user_id}, ${label})
      on conflict (issuer, subject) do update set
        tenant_id = excluded.tenant_id, user_id = excluded.user_id, label = excluded.label, created_at = now()`;
    await writeAudit(tx, {
      tenantId: user.tenant_id,
      who: user,
      what: "account_connected",
      subject: { id: user.user_id, name: label },
    });
    return null;
  }
  // Also where the domain would let them in anew: an owner's word counts for more.
  if (known?.gone) {
    return `The access of ${label} was taken away; an owner of the studio can invite you again.`;
  }
  const person = known ?? await letIn(c, tx, claims, label);
  if (!person) {
    return `Nobody here has connected the account ${label}. Ask the owner of the studio for a link; once you are in, ` +
      "connect the account on the page People.";
  }
  await openSession(c, { tenantId: person.tenant_id, userId: person.user_id, with: "provider" }, tx);
  return null;
}

/** Makes a person of somebody whom nobody invited, where the configuration lets their domain in; null elsewhere. */
async function letIn(
  c: Context<Env>,
  tx: Tx,
  claims: Claims,
  label: string,
): Promise<{ tenant_id: string; user_id: string } | null> {
  const { oidc } = c.get("studio").config;
  const domain = claims.email?.split("@").at(-1)?.toLowerCase() ?? "";
  if (!oidc?.newPeople || !claims.emailVerified || !oidc.newPeople.domains.includes(domain)) return null;
  const { role } = oidc.newPeople;
  const [tenant] = await tx<{ id: string }[]>`select id from tenants order by created_at, id limit 1`;
  const user = { id: uuidv7(), tenant_id: tenant!.id, name: nameOf(claims.name ?? label), role };
  await tx`insert into users ${tx(user)}`;
  await tx`
    insert into identities (issuer, subject, tenant_id, user_id, label, last_used_at)
    values (${claims.issuer}, ${claims.subject}, ${user.tenant_id}, ${user.id}, ${label}, now())`;
  await writeAudit(tx, {
    tenantId: user.tenant_id,
    who: { user_id: user.id, name: user.name },
    what: "let_in",
    detail: { provider: oidc.name, role },
  });
  return { tenant_id: user.tenant_id, user_id: user.id };
}

/** As a person's name may be: no control characters, at most 60 characters. */
function nameOf(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim().slice(0, 60) || "Somebody";
}

const NO_PROVIDER =
  "This studio has no OpenID Connect provider set up; sign in with a link, a passkey or an access token.";
const BEGIN_AGAIN = "Begin again from the studio's sign-in page, in the same browser.";

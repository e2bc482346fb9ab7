import { Hono } from "hono";
import { Identity, WaysIn } from "../../shared/api/ways_in.ts";
import { page } from "../../shared/http/list.ts";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { baseUrl } from "./enter.ts";
import { passkeyName } from "./passkey.ts";
import { providerOf } from "./provider.ts";
import { removeWayIn } from "./remove_way_in.ts";
import { requireUser } from "./require.ts";

/** Ways in of a studio, and accounts elsewhere that a person has connected; part of authRoutes(). */
export function providerRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/auth/ways-in",
    operation({
      summary: "How one can sign in here, besides links and access tokens",
      tag: "auth",
      auth: "nobody",
      response: { status: 200, schema: WaysIn },
    }),
    (c) => {
      const provider = providerOf(c.get("studio"));
      return c.json({
        passkeys: passkeyName(c) !== null,
        provider: provider ? { name: provider.name, url: `${baseUrl(c)}/enter/oidc` } : null,
      });
    },
  );

  app.get(
    "/auth/identities",
    operation({
      summary: "List the accounts elsewhere with which you sign in",
      tag: "auth",
      may: "account",
      response: { status: 200, schema: page(Identity) },
    }),
    async (c) => {
      const user = requireUser(c);
      const rows = await c.get("studio").db.sql<
        { issuer: string; subject: string; label: string; created_at: Date; last_used_at: Date | null }[]
      >`
        select issuer, subject, label, created_at, last_used_at from identities
        where tenant_id = ${user.tenant_id} and user_id = ${user.user_id} order by created_at`;
      return c.json({
        items: rows.map((row) => ({
          ...row,
          created_at: row.created_at.toISOString(),
          last_used_at: row.last_used_at?.toISOString() ?? null,
        })),
      });
    },
  );

  app.delete(
    "/auth/identities/:subject",
    operation({
      summary: "Disconnect an account elsewhere: it signs you in no more",
      tag: "auth",
      may: "account",
      response: { status: 204 },
    }),
    async (c) => {
      const user = requireUser(c);
      await removeWayIn(c, {
        what: "account_disconnected",
        missing: "You have connected no such account.",
        async remove(tx) {
          const [row] = await tx<{ label: string }[]>`
            delete from identities
            where subject = ${
            c.req.param("subject")
          } and tenant_id = ${user.tenant_id} and user_id = ${user.user_id}
            returning label`;
          return row ? { id: user.user_id, name: row.label } : null;
        },
      });
      return c.body(null, 204);
    },
  );
  return app;
}

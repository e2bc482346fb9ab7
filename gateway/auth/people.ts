import { Hono } from "hono";
import { Person } from "../../shared/api/auth.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import type { Role } from "./mod.ts";
import { checkUser } from "./require.ts";

/** Who belongs to the studio, and taking their access away; part of authRoutes(). */
export function peopleRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/auth/people",
    operation({
      summary: "List the people of the studio",
      tag: "auth",
      query: PageQuery,
      response: { status: 200, schema: page(Person) },
    }),
    async (c) => {
      const user = checkUser(c.get("principal"));
      const { cursor, limit } = parseQuery(c, PageQuery);
      const after = cursor && isId(cursor) ? cursor : null;
      const rows = await c.get("studio").db.sql<{ id: string; name: string; role: Role; created_at: Date }[]>`
        select id, name, role, created_at from users
        where tenant_id = ${user.tenant_id} and removed_at is null and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${limit + 1}`;
      const items = rows.slice(0, limit).map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
      return c.json(rows.length > limit ? { items, next: items.at(-1)!.id } : { items });
    },
  );

  app.delete(
    "/auth/people/:person",
    operation({
      summary: "Take a person's access away: sessions, access tokens and links end at once",
      tag: "auth",
      response: { status: 204 },
    }),
    async (c) => {
      const owner = checkUser(c.get("principal"), "owner");
      const person = c.req.param("person");
      if (person === owner.user_id) {
        throw new ProblemError("conflict", "You cannot take your own access away; another owner can.");
      }
      const removed = isId(person) && await c.get("studio").db.sql.begin(async (tx) => {
        const updated = await tx`
          update users set removed_at = now()
          where id = ${person} and tenant_id = ${owner.tenant_id} and removed_at is null`;
        await tx`
          update tokens set revoked_at = now()
          where user_id = ${person} and tenant_id = ${owner.tenant_id} and kind in ('enter', 'session', 'access')
            and revoked_at is null`;
        return updated.count === 1;
      });
      if (!removed) throw new ProblemError("not_found", "There is no such person in this studio.");
      return c.body(null, 204);
    },
  );

  return app;
}

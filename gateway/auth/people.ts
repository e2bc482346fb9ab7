import { Hono } from "hono";
import { Person, UpdatePerson } from "../../shared/api/auth.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import type { Tx } from "../db/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import type { Role } from "../../shared/roles.ts";
import type { UserPrincipal } from "./mod.ts";
import { checkUser } from "./require.ts";

interface PersonRow {
  id: string;
  name: string;
  role: Role;
  created_at: Date;
}

/** Who belongs to the studio and as what, and taking their access away; part of authRoutes(). */
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
      const user = checkUser(c.get("principal"), "self");
      const { cursor, limit } = parseQuery(c, PageQuery);
      const after = cursor && isId(cursor) ? cursor : null;
      const rows = await c.get("studio").db.sql<PersonRow[]>`
        select id, name, role, created_at from users
        where tenant_id = ${user.tenant_id} and removed_at is null and (${after}::uuid is null or id > ${after}::uuid)
        order by id limit ${limit + 1}`;
      const items = rows.slice(0, limit).map(view);
      return c.json(rows.length > limit ? { items, next: items.at(-1)!.id } : { items });
    },
  );

  app.patch(
    "/auth/people/:person",
    operation({
      summary: "Change a person's role (owners), or a name (one's own; owners: anybody's)",
      tag: "auth",
      may: "account",
      body: UpdatePerson,
      response: { status: 200, schema: Person },
    }),
    async (c) => {
      const person = c.req.param("person");
      const asked = checkUser(c.get("principal"), "self");
      const body = await parseBody(c, UpdatePerson);
      const own = person === asked.user_id && body.role === undefined;
      const user = own ? asked : checkUser(asked, "people");
      const changed = await c.get("studio").db.sql.begin((tx) => update(tx, user, person, body)) as PersonRow;
      return c.json(view(changed));
    },
  );

  app.delete(
    "/auth/people/:person",
    operation({
      summary: "Take a person's access away: sessions, access tokens and links end at once",
      tag: "auth",
      may: "people",
      response: { status: 204 },
    }),
    async (c) => {
      const owner = checkUser(c.get("principal"), "self");
      const person = c.req.param("person");
      if (person === owner.user_id) {
        throw new ProblemError("conflict", "You cannot take your own access away; another owner can.");
      }
      await c.get("studio").db.sql.begin((tx) => remove(tx, owner, person));
      return c.body(null, 204);
    },
  );
  return app;
}

async function update(
  tx: Tx,
  user: UserPrincipal,
  id: string,
  { role, name }: { role?: Role | undefined; name?: string | undefined },
): Promise<PersonRow> {
  const before = await lockPerson(tx, user, id);
  if (role !== undefined && role !== before.role) checkOwnership(user, before.role, role);
  if (role !== undefined && role !== "owner") await keepAnOwner(tx, before);
  const [row] = await tx<PersonRow[]>`
    update users set role = coalesce(${role ?? null}::text, role), name = coalesce(${
    name ?? null
  }::text, name)
    where id = ${id} and tenant_id = ${user.tenant_id} returning id, name, role, created_at`;
  const deed = { tenantId: user.tenant_id, who: user, subject: { id, name: row!.name } };
  if (row!.name !== before.name) {
    await writeAudit(tx, { ...deed, what: "renamed", detail: { from: before.name } });
  }
  if (row!.role !== before.role) {
    await writeAudit(tx, { ...deed, what: "role_changed", detail: { from: before.role, to: row!.role } });
  }
  return row!;
}

async function remove(tx: Tx, owner: UserPrincipal, id: string): Promise<void> {
  const person = await lockPerson(tx, owner, id);
  checkOwnership(owner, person.role);
  await keepAnOwner(tx, person);
  await tx`update users set removed_at = now() where id = ${id} and tenant_id = ${owner.tenant_id}`;
  await tx`
    update tokens set revoked_at = now()
    where user_id = ${id} and tenant_id = ${owner.tenant_id} and kind in ('enter', 'session', 'access', 'join')
      and revoked_at is null`;
  await tx`delete from passkeys where user_id = ${id} and tenant_id = ${owner.tenant_id}`;
  await writeAudit(tx, {
    tenantId: owner.tenant_id,
    who: owner,
    what: "access_taken",
    subject: { id, name: person.name },
  });
}

/** Owners are made, changed and sent away by owners: ProblemError forbidden for everybody else. */
export function checkOwnership(user: UserPrincipal, ...roles: Role[]): void {
  if (roles.includes("owner")) checkUser(user, "studio");
}

/** The person, while no other owner changes who is owner: the studio's row is the lock. ProblemError not_found. */
async function lockPerson(
  tx: Tx,
  user: UserPrincipal,
  id: string,
): Promise<PersonRow & { tenant_id: string }> {
  await tx`select 1 from tenants where id = ${user.tenant_id} for no key update`;
  const [row] = isId(id)
    ? await tx<(PersonRow & { tenant_id: string })[]>`
      select id, tenant_id, name, role, created_at from users
      where id = ${id} and tenant_id = ${user.tenant_id} and removed_at is null`
    : [];
  if (!row) throw new ProblemError("not_found", "There is no such person in this studio.");
  return row;
}

async function keepAnOwner(tx: Tx, person: PersonRow & { tenant_id: string }): Promise<void> {
  if (person.role !== "owner") return;
  const [another] = await tx`
    select 1 from users
    where tenant_id = ${person.tenant_id} and role = 'owner' and removed_at is null and id <> ${person.id} limit 1`;
  if (another) return;
  throw new ProblemError(
    "conflict",
    `${person.name} is the last owner; make somebody else an owner of the studio first.`,
  );
}

function view(row: PersonRow) {
  return { id: row.id, name: row.name, role: row.role, created_at: row.created_at.toISOString() };
}

import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { asSystem, asTenant } from "./mod.ts";

Deno.test("row-level security alone keeps studios apart", async (t) => {
  await using test = await openTestStudio();
  const { sql } = test.studio.db;
  const here = test.owner.tenant_id;
  const other = await test.secondTenant();
  const there = other.owner.tenant_id;
  await test.makeProject("Salt");
  await other.makeProject("Pepper");
  await test.joinAgent();
  const titles = () => sql<{ title: string }[]>`select title from projects order by title`;

  await t.step("every table has it switched on, and every one with a tenant a policy", async () => {
    const tables = await sql<{ name: string; on: boolean; tenant: boolean; policies: number }[]>`
      select c.relname as name, c.relrowsecurity as on,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as tenant,
        (select count(*) from pg_policy p where p.polrelid = c.oid) as policies
      from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`;
    assert.ok(tables.length > 30);
    assert.deepEqual(
      tables.filter((each) => !each.on).map((each) => each.name),
      [],
      "enable it in the migration",
    );
    assert.deepEqual(
      tables.filter((each) => each.tenant && each.policies !== 1).map((each) => each.name),
      [],
      "create policy tenant on … to studio_tenant using (tenant_id = (select studio_tenant_id()))",
    );
  });

  await t.step("whoever forgets the tenant reads one studio's rows only, of every table", async () => {
    const tables = await sql<{ name: string }[]>`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`;
    let seen = 0;
    for (const tenant of [here, there]) {
      for (const { name } of tables) {
        const rows = await asTenant(
          tenant,
          () => sql<{ tenant_id: string }[]>`select tenant_id from ${sql(name)}`,
        );
        seen += rows.length;
        assert.deepEqual(rows.filter((row) => row.tenant_id !== tenant), [], name);
      }
      const tenants = await asTenant(tenant, () => sql<{ id: string }[]>`select id from tenants`);
      assert.deepEqual(tenants.map((row) => row.id), [tenant]);
    }
    assert.ok(seen > 8, "there was something to see");
    assert.equal((await titles()).length, 2);
    assert.equal((await asTenant(null, titles)).length, 0);
    for (const closed of ["settings", "challenges", "migrations"]) {
      assert.equal((await asTenant(here, () => sql`select * from ${sql(closed)}`)).length, 0, closed);
    }
  });

  await t.step("nor changes, deletes, or files anything under another", async () => {
    const changed = await asTenant(there, () => sql`update projects set description = 'mine'`);
    assert.equal(changed.count, 1);
    assert.equal((await asTenant(there, () => sql`delete from users where tenant_id = ${here}`)).count, 0);
    await assert.rejects(
      asTenant(
        there,
        () =>
          sql`insert into users (id, tenant_id, name, role) values (${crypto.randomUUID()}, ${here}, 'Eve', 'owner')`,
      ),
      /row-level security/,
    );
    await assert.rejects(
      asTenant(there, () => sql`update projects set tenant_id = ${here}`),
      /row-level security/,
    );
  });

  await t.step(
    "nothing of it is left on a connection, whoever uses it next, and however a transaction ends",
    async () => {
      const seen = (tenant: string | null) =>
        asTenant(tenant, titles).then((rows) => rows.map((row) => row.title));
      const expected = new Map([[here, ["Salt"]], [there, ["Pepper"]], [null, []]]);
      const tenants = [here, there, null];
      const deeds = Array.from({ length: 240 }, async (_, n) => {
        const tenant = tenants[n % 3]!;
        if (n % 5 === 0) assert.equal((await titles()).length, 2);
        else if (n % 5 === 1) {
          // Looks beside its own tenant in the middle, and is then rolled back.
          await assert.rejects(
            asTenant(tenant, () =>
              sql.begin(async (tx) => {
                const all = await asSystem(() => tx`select title from projects`);
                assert.equal(all.length, 2);
                assert.equal((await tx`select title from projects`).length, expected.get(tenant)!.length);
                await tx`select 1 / (${n}::int - ${n}::int)`;
              })),
            /division by zero/,
          );
        } else if (n % 5 === 2) {
          await asTenant(tenant, () =>
            sql.begin(async (tx) => {
              await tx.savepoint((point) => point`select 1 / 0`).catch(() => {});
              assert.equal((await tx`select title from projects`).length, expected.get(tenant)!.length);
            }));
        } else assert.deepEqual(await seen(tenant), expected.get(tenant));
      });
      await Promise.all(deeds);
    },
  );
});

Deno.test("what a request asks, it asks as the tenant of whoever sent it", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject("Salt");
  const asked: string[] = [];
  const { sql } = test.studio.db;
  // The route's own query, without its tenant: what the second wall is for.
  test.app.get("/api/forgetful", async (c) => {
    const rows = await sql<{ role: string }[]>`select current_user::text as role, id from projects`;
    asked.push(...rows.map((row) => row.role));
    return c.json(rows.length);
  });
  const other = await test.secondTenant();
  assert.equal(await (await test.request("/api/forgetful")).json(), 1);
  assert.equal(await (await other.request("/api/forgetful")).json(), 0);
  assert.equal(await (await test.request("/api/forgetful", {}, "nobody")).json(), 0);
  assert.deepEqual(asked, ["studio_tenant"]);
  assert.ok(project);
});

import { PGlite } from "@electric-sql/pglite";
import assert from "node:assert/strict";
import type { Querier } from "./mod.ts";
import { ensureTenantRole } from "./tenant_role.ts";

Deno.test("a database's user who may make roles, and is no superuser, may act as the studio's own", async () => {
  const db = await PGlite.create();
  try {
    const q = { unsafe: (text: string) => db.exec(text) } as unknown as Querier;
    await db.exec("create role studio login createrole; set session authorization studio");
    await ensureTenantRole(q);
    await db.exec("begin; set local role studio_tenant; commit");
    await ensureTenantRole(q);
    const { rows } = await db.query("select pg_has_role('studio', 'studio_tenant', 'set') as may");
    assert.deepEqual(rows, [{ may: true }]);

    await db.exec("reset session authorization; create role guest login; set session authorization guest");
    await assert.rejects(ensureTenantRole(q), /As a superuser: grant studio_tenant to guest;/);
  } finally {
    await db.close();
  }
});

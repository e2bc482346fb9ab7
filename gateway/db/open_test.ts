import assert from "node:assert/strict";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import { migrate } from "./mod.ts";

Deno.test("a database opens migrated, and migrating again changes nothing", async () => {
  await using database = await openTestDatabase();
  assert.deepEqual(await migrate(database.sql), []);
  const [row] = await database.sql`select count(*) as n from projects`;
  assert.equal(row!.n, 0);
});

Deno.test({ name: "what is said on a channel is heard", ignore: !onPostgres }, async () => {
  await using database = await openTestDatabase();
  const heard = Promise.withResolvers<string>();
  await using _ = await database.listen("studio_test", heard.resolve);
  await database.sql`select pg_notify('studio_test', 'hello')`;
  assert.equal(await heard.promise, "hello");
});

Deno.test("a failed statement in a transaction leaves the connection usable", async () => {
  await using database = await openTestDatabase();
  await assert.rejects(
    database.sql.begin(async (tx) => {
      await tx`insert into tenants (id, slug, name) values (${crypto.randomUUID()}, 'a', 'A')`;
      await tx`select 1 / 0`;
    }),
    /division by zero/,
  );
  const [row] = await database.sql`select count(*) as n from tenants`;
  assert.equal(row!.n, 0);
});

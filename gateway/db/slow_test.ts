import assert from "node:assert/strict";
import { startPostgres } from "../../deploy/testing/postgres.ts";
import { onPostgres } from "../testing/database.ts";
import { databaseFigures } from "./figures.ts";
import { asTenant, type Database, migrate, openDatabase } from "./mod.ts";

/** Why the extension cannot be had on this machine; null when it can. */
async function extensionMissing(database: Database): Promise<string | null> {
  const [row] = await database.sql`select from pg_available_extensions where name = 'pg_stat_statements'`;
  return row ? null : "this PostgreSQL came without pg_stat_statements (contrib)";
}

Deno.test({ name: "slow queries are shown once the server counts them", ignore: !onPostgres }, async (t) => {
  await using server = await startPostgres({ settings: ["shared_preload_libraries=pg_stat_statements"] });
  await using database = await openDatabase({ url: server.url, dataDir: null });
  const missing = await extensionMissing(database);
  if (missing) return console.warn(`Skipped, slow queries: ${missing}.`);
  const { sql } = database;
  await migrate(sql);

  await t.step("without the extension it says how to get it", async () => {
    const { slow, slow_missing } = await databaseFigures(database);
    assert.deepEqual(slow, []);
    assert.match(slow_missing!, /create extension pg_stat_statements/);
  });

  await t.step(
    "with it, what took most of the time comes first, with how often and how long, and no values",
    async () => {
      await sql`create extension pg_stat_statements`;
      const secret = "the-lighthouse";
      for (let n = 0; n < 3; n++) await sql`select pg_sleep(0.05), ${secret}::text as tried`;
      await sql.unsafe(`select pg_sleep(0.05), '${secret}' as written`);
      await asTenant(crypto.randomUUID(), () => sql`select pg_sleep(0.04)`);
      const { slow, slow_missing } = await databaseFigures(database);
      assert.equal(slow_missing, null);
      const [first] = slow;
      assert.match(first!.query, /pg_sleep.*tried/);
      assert.equal(first!.calls, 3);
      assert.ok(first!.mean_ms >= 50 && first!.total_ms >= 150);
      assert.ok(slow.every((each, at) => at === 0 || each.total_ms <= slow[at - 1]!.total_ms));
      assert.ok(slow.length <= 10);
      assert.ok(!JSON.stringify(slow).includes(secret));
    },
  );

  await t.step("a gateway that may not read other roles' queries says so, and shows its own", async () => {
    await sql`create role gateway login nosuperuser`;
    await sql`grant studio_tenant to gateway`;
    const url = new URL(server.url);
    url.username = "gateway";
    await using own = await openDatabase({ url: url.href, dataDir: null });
    await own.sql`select pg_sleep(0.2) as mine`;
    const before = await databaseFigures(own);
    assert.match(before.slow_missing!, /grant pg_read_all_stats to/);
    assert.ok(before.slow.some(({ query }) => query.includes("mine")));
    assert.ok(before.slow.every(({ query }) => !query.includes("insufficient")));
    await sql`grant pg_read_all_stats to gateway`;
    const after = await databaseFigures(own);
    assert.equal(after.slow_missing, null);
    assert.ok(after.slow.length > before.slow.length);
  });
});

Deno.test({
  name: "an extension that the server was not started with is told like none",
  ignore: !onPostgres,
}, async () => {
  await using server = await startPostgres();
  await using database = await openDatabase({ url: server.url, dataDir: null });
  if (await extensionMissing(database)) return;
  await database.sql`create extension pg_stat_statements`;
  const { slow, slow_missing } = await databaseFigures(database);
  assert.deepEqual(slow, []);
  assert.match(slow_missing!, /shared_preload_libraries/);
});

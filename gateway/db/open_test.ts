import assert from "node:assert/strict";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import { createLog } from "../http/mod.ts";
import { answering, migrate, openDatabase } from "./mod.ts";

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

Deno.test("a database that is not there yet is waited for, and one that never comes is named", async () => {
  const lines: string[] = [];
  const log = createLog({ terminal: false, write: (line) => lines.push(line) });
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = nobody.addr as Deno.NetAddr;
  nobody.close();
  await using away = await openDatabase({
    url: `postgres://me:hunter2@127.0.0.1:${port}/studio`,
    dataDir: null,
  });
  await assert.rejects(answering(away.sql, log, 0.5), (error: Error) => {
    assert.match(error.message, /does not let the studio in: .*ECONNREFUSED.*Check DATABASE_URL/);
    assert.ok(!error.message.includes("hunter2"));
    return true;
  });
  assert.ok(lines.length > 0 && !lines.join().includes("hunter2"));
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

Deno.test("an embedded database keeps what was written, and its folder takes one gateway at a time", async () => {
  const dataDir = await Deno.makeTempDir();
  try {
    {
      await using first = await openDatabase({ url: null, dataDir });
      await migrate(first.sql);
      await first.sql`insert into settings (key, value) values ('kept', 'yes')`;
      await assert.rejects(openDatabase({ url: null, dataDir }), /Another gateway uses .*STUDIO_DATA/);
    }
    await using again = await openDatabase({ url: null, dataDir });
    assert.deepEqual(await migrate(again.sql), []);
    const [row] = await again.sql`select value from settings where key = 'kept'`;
    assert.equal(row!.value, "yes");
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test({ name: "gateways that start together migrate once", ignore: !onPostgres }, async () => {
  await using database = await openTestDatabase();
  await database.sql`drop schema public cascade`;
  await database.sql`create schema public`;
  const together = await Promise.all(
    Array.from({ length: 4 }, () => openDatabase({ url: database.url, dataDir: null, connections: 1 })),
  );
  try {
    const applied = await Promise.all(together.map((each) => migrate(each.sql)));
    const names = applied.flat();
    assert.ok(names.length > 0);
    assert.equal(new Set(names).size, names.length);
  } finally {
    for (const each of together) await each[Symbol.asyncDispose]();
  }
});

Deno.test("a database of a newer studio is refused by name", async () => {
  await using database = await openTestDatabase();
  await database.sql`insert into migrations (name) values ('9999_from_the_future.sql')`;
  await assert.rejects(migrate(database.sql), /9999_from_the_future\.sql from a newer studio/);
});

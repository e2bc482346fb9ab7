import assert from "node:assert/strict";
import type { Sql } from "../db/mod.ts";
import { onPostgres, openTestDatabase } from "./database.ts";
import { failWhereItWouldHang } from "./inside.ts";

Deno.test({
  name: "what would wait for its own transaction for ever fails and says where",
  ignore: onPostgres,
  fn: async () => {
    await using database = await openTestDatabase();
    const sql = failWhereItWouldHang(database.sql, 100);
    const inTransaction = (ask: (tx: Sql) => unknown) => sql.begin((tx) => ask(tx as unknown as Sql));

    await assert.rejects(inTransaction(async () => await sql`select 1`), /outside of the transaction/);
    await assert.rejects(inTransaction(() => sql.begin((tx) => tx`select 1`)), /outside of the transaction/);
    assert.equal((await inTransaction((tx) => tx`select ${sql`1`} as n`) as { n: number }[])[0]!.n, 1);
    // What nobody in it waits for is asked when it is over.
    let after: Promise<{ n: number }[]> | undefined;
    await inTransaction((tx) => {
      after = sql<{ n: number }[]>`select 2 as n`.then((rows) => [...rows]);
      return tx`select 1`;
    });
    assert.equal((await after!)[0]!.n, 2);
  },
});

import assert from "node:assert/strict";
import { startPostgres } from "../../deploy/testing/postgres.ts";
import { onPostgres } from "../testing/database.ts";
import { openDatabase, type Sql } from "./mod.ts";

/** What a gateway does all the time, in small: plain queries, several at once, transactions with a pause inside. */
const WORK: ((sql: Sql) => Promise<unknown>)[] = [
  (sql) => sql`select ${["a", "b"]}::text[] as words`,
  (sql) => Promise.all([sql`select 1`, sql`select ${"two"}::text`]),
  (sql) =>
    sql.begin(async (tx) => {
      await tx`select pg_sleep(0.01)`;
      await tx`select ${3}::int`;
    }),
];

Deno.test({
  name: "a gateway's connections come back after the server was cut off or restarted under load",
  ignore: !onPostgres,
  async fn() {
    await using server = await startPostgres({ durable: true });
    await using database = await openDatabase({ url: server.url, dataDir: null });
    let stopped = false;
    const done = new Array<number>(18).fill(0);
    const loops = done.map(async (_, index) => {
      while (!stopped) {
        try {
          await WORK[index % WORK.length]!(database.sql);
          done[index]!++;
        } catch {
          // The server is away: as a request that is answered 503.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    });
    try {
      for (const how of ["immediate", "fast", "immediate"] as const) {
        await server.restart(how);
        const before = [...done];
        const deadline = Date.now() + 40_000;
        const stuck = () => done.flatMap((count, index) => count > before[index]! ? [] : [index]);
        while (stuck().length && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        assert.deepEqual(stuck(), [], `every loop goes on after the server was stopped (${how})`);
      }
    } finally {
      stopped = true;
    }
    await Promise.all(loops);
  },
});

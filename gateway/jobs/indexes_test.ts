import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/database.ts";
import { migrate } from "../db/mod.ts";

/**
 * While the planner knows nothing of a queue that has just grown, each index that is open to `state = 'queued'` costs the same to it, and
 * all but a lane's own make a lease read the whole queue.
 */
Deno.test("no index of jobs is open to a lease but those of its lanes", async () => {
  await using database = await openTestDatabase();
  const { sql } = database;
  await migrate(sql);
  const open = await sql<{ name: string }[]>`
    select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'jobs'::regclass and pg_get_expr(i.indpred, i.indrelid) like '%queued%' order by 1`;
  assert.deepEqual(open.map(({ name }) => name), ["jobs_asked", "jobs_queued"]);
});

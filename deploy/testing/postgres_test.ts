import assert from "node:assert/strict";
import postgres from "postgres";
import { startPostgres } from "./postgres.ts";

Deno.test("a test server keeps what was committed over a restart", async () => {
  await using server = await startPostgres({ durable: true });
  const first = postgres(server.url, { max: 1, onnotice: () => {} });
  await first`create table kept (n int)`;
  await first`insert into kept values (7)`;
  await first.end();
  await server.restart("immediate");
  const second = postgres(server.url, { max: 1 });
  const [row] = await second`select n from kept`;
  await second.end();
  assert.equal(row!.n, 7);
});

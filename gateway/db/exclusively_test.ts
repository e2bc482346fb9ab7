import assert from "node:assert/strict";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import { openDatabase } from "./mod.ts";

Deno.test({
  name: "as many locks held as there are connections leave enough for their work",
  ignore: !onPostgres,
  async fn() {
    await using database = await openTestDatabase();
    const done = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        database.exclusively([7, `project ${index}`], async () => {
          const [row] = await database.sql.begin((tx) => tx`select ${index}::int as n`);
          return row!.n as number;
        })),
    );
    assert.deepEqual(done, Array.from({ length: 30 }, (_, index) => index));
  },
});

Deno.test({
  name: "what another gateway holds is busy, and free again after it",
  ignore: !onPostgres,
  async fn() {
    await using database = await openTestDatabase();

    await using other = await openDatabase({ url: database.url, dataDir: null });
    const inside = await database.exclusively(
      [7, "film"],
      () => other.exclusively([7, "film"], () => Promise.resolve("both")),
    );
    assert.equal(inside, "busy");
    assert.equal(await other.exclusively([7, "film"], () => Promise.resolve("alone")), "alone");
  },
});

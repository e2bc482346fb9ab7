import assert from "node:assert/strict";
import fc from "fast-check";
import { takeName, type TakeNumber } from "../../shared/takes/name.ts";
import { nominalRate, RATES } from "../../shared/time/rate.ts";
import { onPostgres } from "../testing/database.ts";
import { openTestStudio } from "../testing/studio.ts";
import { framesInDay, layTimecode } from "./numbers.ts";

Deno.test("take numbers", async (t) => {
  await using world = await openTestStudio();
  const { db, takes } = world.studio;
  const project = await world.makeProject();
  const reserve = (shot: string, count = 1, versionUp = false) =>
    db.sql.begin((tx) => takes.reserve(tx, project, shot, { count, versionUp })) as Promise<TakeNumber[]>;
  const names = (numbers: TakeNumber[]) => numbers.map(takeName);

  await t.step("count up for ever within a version, each shot by itself", async () => {
    assert.deepEqual(names(await reserve("SHOT-010", 2)), ["SHOT-010_v01_take01", "SHOT-010_v01_take02"]);
    assert.deepEqual(names(await reserve("SHOT-020")), ["SHOT-020_v01_take01"]);
    assert.deepEqual(names(await reserve("SHOT-010")), ["SHOT-010_v01_take03"]);
  });

  await t.step("begin again with the next version, and go on there", async () => {
    assert.deepEqual(names(await reserve("SHOT-010", 1, true)), ["SHOT-010_v02_take01"]);
    assert.deepEqual(names(await reserve("SHOT-010")), ["SHOT-010_v02_take02"]);
    assert.deepEqual(names(await reserve("SHOT-010", 2, true)), [
      "SHOT-010_v03_take01",
      "SHOT-010_v03_take02",
    ]);
    assert.deepEqual(names(await reserve("FRESH", 1, true)), ["FRESH_v01_take01"]);
  });

  await t.step("never collide, whoever asks at the same time", async () => {
    const all = (await Promise.all(
      Array.from({ length: 40 }, (_, n) => reserve("CROWD", 1 + n % 3, n % 10 === 9)),
    )).flat();
    assert.equal(new Set(names(all)).size, all.length);
    const versions = Map.groupBy(all, (number) => number.version);
    assert.deepEqual([...versions.keys()].toSorted(), [1, 2, 3, 4, 5].slice(0, versions.size));
    for (const numbers of versions.values()) {
      const taken = numbers.map((number) => number.take).toSorted((a, b) => a - b);
      assert.deepEqual(taken, taken.map((_, index) => index + 1));
    }
  });

  await t.step("come back when the transaction that reserved them fails", async () => {
    await assert.rejects(
      db.sql.begin(async (tx) => {
        await takes.reserve(tx, project, "UNDONE", { count: 5, versionUp: false });
        throw new Error("no");
      }),
    );
    assert.deepEqual(names(await reserve("UNDONE")), ["UNDONE_v01_take01"]);
  });

  await t.step("timecode is reserved without overlap by many at once", async () => {
    const starts = (await Promise.all(
      Array.from(
        { length: 12 },
        () => db.sql.begin((tx) => takes.reserveTimecode(tx, project, 48, 2)) as Promise<number[]>,
      ),
    )).flat().toSorted((a, b) => a - b);
    assert.equal(starts[0], 24 * 3600);
    for (let i = 1; i < starts.length; i++) assert.equal(starts[i]! - starts[i - 1]!, 48 + 24);
  });

  await t.step({
    name: "two who generate in one film at the same moment wait for each other, and neither is aborted",
    ignore: !onPostgres,
    async fn() {
      const numbered = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const generate = (nth: 0 | 1) =>
        db.sql.begin(async (tx) => {
          await takes.reserve(tx, project, `TOGETHER-${nth}`, { count: 1, versionUp: false });
          numbered[nth]!.resolve();
          // Both have rows that point at the project before either reserves timecode in it.
          await numbered[1 - nth]!.promise;
          return await takes.reserveTimecode(tx, project, 48, 1);
        }) as Promise<number[]>;
      const [one, two] = await Promise.all([generate(0), generate(1)]);
      assert.equal(Math.abs(one[0]! - two[0]!), 48 + 24);
    },
  });
});

Deno.test("timecode ranges within a day never overlap, keep a second between them and cross no midnight", () => {
  const rate = fc.constantFrom(...Object.values(RATES));
  const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 60 });
  fc.assert(fc.property(rate, lengths, (rate, lengths) => {
    let next = 0;
    let last: { start: number; end: number } | null = null;
    for (const frames of lengths) {
      const laid = layTimecode(next, rate, frames, 1);
      const start = laid.starts[0]!;
      next = laid.next;
      assert.ok(start >= nominalRate(rate) * 3600);
      assert.ok(start + frames <= framesInDay(rate));
      // Either behind the last one, or a new day has begun.
      if (last) assert.ok(start >= last.end + nominalRate(rate) || start === nominalRate(rate) * 3600);
      last = { start, end: start + frames };
    }
  }));
});

Deno.test("a take longer than a day of timecode is refused with a sentence", () => {
  assert.throws(() => layTimecode(0, RATES["24"], 24 * 86_400, 1), /longer than a day of timecode/);
  assert.equal(framesInDay(RATES["29.97"]), 2_589_408);
  assert.equal(framesInDay(RATES["23.976"]), 24 * 86_400);
});

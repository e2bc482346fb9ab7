import assert from "node:assert/strict";
import { openTestDatabase } from "../../gateway/testing/database.ts";
import { runDay } from "./day.ts";
import { firstCome } from "./first_come.ts";
import { gatewayPolicy } from "./gateway_policy.ts";
import { makeLoad } from "./load.ts";
import { reportOf } from "./report.ts";
import { openSimulatedStudio } from "./studio.ts";

/** Six hours, as full as a day's; seconds are simulated, so a slow machine changes nothing. */
const DAY = { seed: 7, jobs: 800, hours: 6, busy: 0.85 };

Deno.test("200 cards of 8 to 80 GB work for eight films: nothing where it cannot run, large work first where only it belongs, no film starves, no card idles", async () => {
  const plain = makeLoad(DAY);
  const first = await runDay(plain, firstCome(plain.films));

  await using database = await openTestDatabase();
  await using simulated = await openSimulatedStudio({ url: database.url, db: database });
  const load = makeLoad(DAY);
  assert.equal(load.cards.length, 200);
  const ours = await runDay(load, await gatewayPolicy(simulated.studio, simulated.owner, load));

  const table = reportOf([ours, first]);
  assert.equal(ours.done, load.wishes.length, table);
  assert.deepEqual(ours.wrong, [], table);
  assert.deepEqual(ours.behind, [], table);
  assert.ok(
    first.behind.length > 0,
    "first come, first served puts small work on the cards that large work needs",
  );
  assert.ok(ours.idle < 0.02, table);
  for (const { film, ratio } of ours.starved) {
    assert.ok(
      ratio <= 1,
      `${film} waited ${ratio.toFixed(2)} times as long as with its fair share\n${table}`,
    );
  }
  const mean = (of: typeof ours, name: string) => of.waits.get(name)!.mean;
  assert.ok(mean(ours, "high") < mean(first, "high"), table);
  assert.ok(mean(ours, "Student") <= mean(first, "Student") + 60, table);
});

Deno.test("the same seed makes the same day", async () => {
  const [one, other] = [makeLoad(DAY), makeLoad(DAY)];
  assert.deepEqual(one, other);
  const days = [await runDay(one, firstCome(one.films)), await runDay(other, firstCome(other.films))];
  assert.deepEqual(days[0], days[1]);
  assert.notDeepEqual(makeLoad({ ...DAY, seed: 8 }).wishes, one.wishes);
});

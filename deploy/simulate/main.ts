import { startPostgres } from "../testing/postgres.ts";
import { makeDatabase } from "../bench/database.ts";
import { runDay } from "./day.ts";
import { firstCome } from "./first_come.ts";
import { gatewayPolicy } from "./gateway_policy.ts";
import { makeLoad } from "./load.ts";
import { reportOf } from "./report.ts";
import { openSimulatedStudio } from "./studio.ts";

/**
 * `deno task simulate [jobs] [seed]`: a day of 200 cards through the studio's own leasing on a real PostgreSQL, with the time of the
 * database set by hand, beside the same day first come, first served. The same seed gives the same day.
 */
if (import.meta.main) {
  const [jobs = 12_000, seed = 7] = Deno.args.map(Number);
  const day = { seed, jobs, hours: 24, busy: 0.6 };
  const plain = makeLoad(day);
  console.log(
    `${plain.cards.length} cards, ${plain.wishes.length} jobs of ${plain.films.length} films in ${plain.hours} h, seed ${seed}`,
  );
  const first = await runDay(plain, firstCome(plain.films));
  await using server = await startPostgres();
  await using database = await makeDatabase(server.url);
  await using simulated = await openSimulatedStudio({ url: database.url });
  const load = makeLoad(day);
  const policy = await gatewayPolicy(simulated.studio, simulated.owner, load);
  const began = performance.now();
  const ours = await runDay(load, policy, (second, done) => {
    if (done % 500 === 0) console.log(`  ${(second / 3600).toFixed(1)} h: ${done} done`);
  });
  console.log(
    `${((performance.now() - began) / 1000).toFixed(0)} s for the day\n\n${reportOf([ours, first])}`,
  );
  if (ours.wrong.length || ours.behind.length) {
    console.error([...ours.wrong, ...ours.behind].slice(0, 20).join("\n"));
  }
}

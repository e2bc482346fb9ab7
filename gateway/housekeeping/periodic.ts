import { periodically } from "../periodically.ts";
import type { Studio } from "../studio.ts";
import { DEFAULTS, type Finding, keepHouse } from "./mod.ts";

const DAY_MS = 24 * 3600_000;

/**
 * Once a day, when HOUSEKEEPING asks for it: `look` writes into the log what could go, `remove` takes it away. By default nothing
 * runs: whoever removes should have seen first what.
 */
export function startHousekeeping(studio: Studio, { everyMs = DAY_MS } = {}): AsyncDisposable {
  const { housekeeping } = studio.config;
  if (housekeeping === "off") return { [Symbol.asyncDispose]: () => Promise.resolve() };
  // Not at the start, when there is enough to do; somewhere within the day, so that gateways do not meet.
  const sorry = "Housekeeping stopped; nothing is lost, it comes again tomorrow";
  return periodically(studio, { everyMs, sorry }, () => runOnce(studio, housekeeping === "remove"));
}

async function runOnce(studio: Studio, remove: boolean): Promise<void> {
  if (!await isOurTurn(studio)) return;
  const found: Finding[] = [];
  for await (const finding of keepHouse(studio, { remove, ...DEFAULTS })) {
    if (studio.closing.aborted) return;
    if (finding.count) found.push(finding);
  }
  for (const { about, what, count, bytes, unsure } of found) {
    studio.log.info(remove && !unsure ? "Cleared away" : "Could be cleared away", {
      about,
      what,
      count,
      bytes,
      unsure,
    });
  }
}

/** Of several gateways the first of the day does it. */
async function isOurTurn({ db }: Studio): Promise<boolean> {
  const rows = await db.sql`
    insert into settings (key, value) values ('housekeeping', extract(epoch from now())::text)
    on conflict (key) do update set value = excluded.value
      where settings.value::float8 < extract(epoch from now()) - 12 * 3600
    returning 1`;
  return rows.length > 0;
}

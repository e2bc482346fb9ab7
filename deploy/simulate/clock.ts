import type { Database } from "../../gateway/db/mod.ts";

/**
 * A database whose time is set from here: `now()` and `clock_timestamp()` of the gateway's statements are found in `public`
 * before those of PostgreSQL, as the search path says. The statements stay word for word what they are.
 *
 * The time is a setting of the session, so the database must have been opened with one connection.
 */
export interface SetClock {
  /** Seconds since the day began. */
  time: number;
  /** To the database, when it has moved since. */
  tell(): Promise<void>;
}

/** Any day: nothing depends on which. It lies after every default that was written when the tables were made. */
const BEGIN = Date.UTC(2040, 0, 1);

export async function setClockOf({ sql }: Pick<Database, "sql">): Promise<SetClock> {
  let told = -1;
  const clock: SetClock = {
    time: 0,
    async tell() {
      if (clock.time === told) return;
      told = clock.time;
      const at = new Date(BEGIN + told * 1000).toISOString();
      await sql`select set_config('simulation.now', ${at}, false)`;
    },
  };
  await clock.tell();
  for (const name of ["now", "clock_timestamp"]) {
    await sql.unsafe(`create or replace function public.${name}() returns timestamptz language sql stable as
      $$ select current_setting('simulation.now')::timestamptz $$`);
  }
  await sql.unsafe("set search_path = public, pg_catalog");
  // A default was bound to the true clock when its table was made.
  await sql.unsafe(`
    alter table jobs alter column created_at set default public.now();
    alter table jobs alter column run_after set default public.now();
    alter table usage_events alter column at set default public.now()`);
  return clock;
}

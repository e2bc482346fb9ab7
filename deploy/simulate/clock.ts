import type { Database } from "../../gateway/db/mod.ts";

/** The time of a database that {@link layClock} has laid one into. */
export interface SetClock {
  /** Seconds since the day began. */
  time: number;
  /** To the database, when it has moved since. */
  tell(): Promise<void>;
}

/** Any day: nothing depends on which. */
const BEGIN = Date.UTC(2040, 0, 1);

/**
 * From now on the time of a migrated database is set from here: `now()` and `clock_timestamp()` of the gateway's statements are found
 * in `public` before those of PostgreSQL, as the search path says. The statements stay word for word what they are. On a server the
 * path is that of connections that are opened after this.
 */
export async function layClock({ sql, kind }: Pick<Database, "sql" | "kind">): Promise<void> {
  await sql.unsafe(`
    create table public.simulated_time (at timestamptz not null);
    insert into public.simulated_time values ('${new Date(BEGIN).toISOString()}')`);
  for (const name of ["now", "clock_timestamp"]) {
    await sql.unsafe(`create or replace function public.${name}() returns timestamptz language sql stable as
      $$ select at from public.simulated_time $$`);
  }
  // A default was bound to the true clock when its table was made.
  await sql.unsafe(`
    alter table jobs alter column created_at set default public.now();
    alter table jobs alter column run_after set default public.now();
    alter table usage_events alter column at set default public.now()`);
  await sql.unsafe(
    kind === "embedded" ? "set search_path = public, pg_catalog" : `do $$ begin
      execute format('alter database %I set search_path = public, pg_catalog', current_database());
    end $$`,
  );
}

export function clockOf({ sql }: Pick<Database, "sql">): SetClock {
  let told = 0;
  const clock: SetClock = {
    time: 0,
    async tell() {
      if (clock.time === told) return;
      told = clock.time;
      await sql`update simulated_time set at = ${new Date(BEGIN + told * 1000)}`;
    },
  };
  return clock;
}

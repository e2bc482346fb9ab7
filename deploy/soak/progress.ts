import postgres from "postgres";

/** Milliseconds between two lines. */
const EVERY_MS = 30_000;

/** Says twice a minute how far all is, as the database has it. */
export async function reportProgress(
  databaseUrl: string,
  { say, stop }: { say(sentence: string): void; stop: AbortSignal },
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  while (!stop.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EVERY_MS);
      stop.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
    if (stop.aborted) break;
    // PostgreSQL itself is cut off once.
    const line = await look(sql).catch((error) => `no answer from PostgreSQL: ${error}`);
    say(`So far ${line}`);
  }
  await sql.end({ timeout: 1 }).catch(() => {});
}

async function look(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<Record<string, number>[]>`
    select (select count(*) from takes) as takes,
      (select count(*) from jobs where state in ('queued', 'blocked', 'leased')) as open,
      (select count(*) from jobs where state = 'failed') as failed,
      (select count(*) from exports where oid is not null) as films,
      (select count(*) from pushes where landed_at is not null) as pushes,
      (select count(*) from outbox where done_at is null) as waiting`;
  const { takes, open, failed, films, pushes, waiting } = row!;
  return `${takes} takes, ${open} jobs open and ${failed} failed, ${films} films, ${pushes} pushes; ` +
    `${waiting} things wait to be committed`;
}

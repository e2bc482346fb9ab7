import type { Sql } from "./mod.ts";

/**
 * Holders of a lock at once in one gateway: each has a connection for it and asks for others while it works. Were there as many as
 * connections, all would wait for each other, and everybody else for them.
 */
const HOLDERS = 3;

export type Exclusively = <T>(
  lock: [first: number, second: string],
  work: () => Promise<T>,
) => Promise<T | "busy">;

/** PostgreSQL's advisory lock as a door: no waiting for another gateway, in turn within this one. */
export function holdersOf(sql: Sql): Exclusively {
  const waiting: (() => void)[] = [];
  let holders = 0;
  return async ([first, second], work) => {
    if (holders >= HOLDERS) await new Promise<void>((resolve) => waiting.push(resolve));
    else holders++;
    try {
      return await sql.begin(async (tx) => {
        const [lock] = await tx<{ held: boolean }[]>`
          select pg_try_advisory_xact_lock(${first}, hashtext(${second})) as held`;
        return lock!.held ? await work() : "busy" as const;
      }) as Awaited<ReturnType<typeof work>> | "busy";
    } finally {
      // The place goes from hand to hand, so that nobody overtakes who waits.
      const next = waiting.shift();
      if (next) next();
      else holders--;
    }
  };
}

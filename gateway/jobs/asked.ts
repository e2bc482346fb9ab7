import type { Sql } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { JobRow } from "./mod.ts";

/**
 * Does what was asked, once: when the same project was asked under the same name before, `known` gets the jobs of that time instead. Whoever
 * repeats a request whose answer never came gets no second take, even while the first is still being queued by another gateway.
 */
export async function askedOnce<T>(
  sql: Sql,
  { id, tenant_id }: Pick<ProjectRow, "id" | "tenant_id">,
  askId: string | undefined,
  known: (jobs: JobRow[]) => T | Promise<T>,
  make: () => Promise<T>,
): Promise<T> {
  if (askId === undefined) return await make();
  const before = () => jobsAsked(sql, { id, tenant_id }, askId);
  const earlier = await before();
  if (earlier.length) return await known(earlier);
  try {
    return await make();
  } catch (error) {
    // The first came to its end while this was under way, which the index says: all of this one is rolled back, but for its takes' numbers.
    if (!isAskedBefore(error)) throw error;
    return await known(await before());
  }
}

/** What a project was asked for under a name. */
export async function jobsAsked(
  sql: Sql,
  { id, tenant_id }: Pick<ProjectRow, "id" | "tenant_id">,
  askId: string,
): Promise<JobRow[]> {
  return [
    ...await sql<JobRow[]>`
      select * from jobs where tenant_id = ${tenant_id} and project_id = ${id} and ask_id = ${askId}
      order by ask_nth`,
  ];
}

/** Jobs could not be written because the same was asked before. */
export function isAskedBefore(error: unknown): boolean {
  return (error as { constraint_name?: string }).constraint_name === "jobs_asked_once";
}

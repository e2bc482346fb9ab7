import { uuidv7 } from "../../shared/ids.ts";
import type { Querier } from "../db/mod.ts";
import type { Owner } from "./mod.ts";
import { tablesOf } from "./tables.ts";

export interface LockRow {
  id: string;
  path: string;
  user_id: string;
  owner: string;
  locked_at: Date;
}

export interface LockPage {
  cursor?: string;
  limit: number;
}

/** The new lock, or the one that somebody (also the same person) already holds on the path. */
export async function createLock(
  q: Querier,
  project: Owner,
  lock: { path: string; ref: string | null; userId: string },
): Promise<{ lock: LockRow; made: boolean }> {
  const { locks, owner } = tablesOf(q, project);
  // Twice, when the lock in the way was given up between the two statements.
  for (;;) {
    const [made] = await q<{ id: string }[]>`
      insert into ${locks} (id, tenant_id, ${owner}, path, ref, user_id)
      values (${uuidv7()}, ${project.tenant_id}, ${project.id}, ${lock.path}, ${lock.ref}, ${lock.userId})
      on conflict (${owner}, path) do nothing
      returning id`;
    const [row] = await listLocks(q, project, { path: lock.path }, { limit: 1 });
    if (row) return { lock: row, made: row.id === made?.id };
  }
}

/** Newest first, as clients expect; one more than `limit` when there is a next page. */
export async function listLocks(
  q: Querier,
  project: Owner,
  where: { path?: string; id?: string },
  page: LockPage,
): Promise<LockRow[]> {
  const { locks, owner } = tablesOf(q, project);
  return await q<LockRow[]>`
    select l.id, l.path, l.user_id, u.name as owner, l.locked_at
    from ${locks} l join users u on u.id = l.user_id
    where l.${owner} = ${project.id} and l.tenant_id = ${project.tenant_id}
      ${where.path === undefined ? q`` : q`and l.path = ${where.path}`}
      ${where.id === undefined ? q`` : q`and l.id = ${where.id}`}
      ${page.cursor === undefined ? q`` : q`and l.id < ${page.cursor}`}
    order by l.id desc
    limit ${page.limit}`;
}

/** False when another was faster. */
export async function removeLock(q: Querier, project: Owner, id: string): Promise<boolean> {
  const { locks, owner } = tablesOf(q, project);
  const removed = await q`
    delete from ${locks} where id = ${id} and ${owner} = ${project.id} and tenant_id = ${project.tenant_id}`;
  return removed.count > 0;
}

/** Who else has one of these paths locked, the first of them; null when nobody has. */
export async function lockInTheWay(
  q: Querier,
  project: Owner,
  paths: readonly string[],
  userId: string | null,
): Promise<LockRow | null> {
  if (paths.length === 0) return null;
  const { locks, owner } = tablesOf(q, project);
  const [row] = await q<LockRow[]>`
    select l.id, l.path, l.user_id, u.name as owner, l.locked_at
    from ${locks} l join users u on u.id = l.user_id
    where l.${owner} = ${project.id} and l.tenant_id = ${project.tenant_id} and l.path = any(${[
    ...paths,
  ]}::text[])
      and l.user_id is distinct from ${userId}::uuid
    order by l.path limit 1`;
  return row ?? null;
}

/** Who holds a lock, and what to do about it. */
export function lockedWords({ path, owner }: Pick<LockRow, "path" | "owner">): string {
  return `${path} is locked by ${owner}. Ask them to unlock it, or an owner of the studio to break the lock.`;
}

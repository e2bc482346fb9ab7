import type { Notice } from "../../shared/api/work.ts";
import { isId } from "../../shared/ids.ts";
import type { Querier } from "../db/mod.ts";

interface NoticeRow extends Omit<Notice, "at"> {
  at: Date;
}

const view = (row: NoticeRow): Notice => ({ ...row, at: row.at.toISOString() });

/** Of a project and of the studio's machines, newest first; `cursor` is the id of the last one seen. */
export async function listNotices(
  q: Querier,
  of: { id: string; tenant_id: string },
  page: { cursor?: string; limit: number },
): Promise<{ items: Notice[]; next?: string }> {
  const before = page.cursor && isId(page.cursor) ? page.cursor : null;
  const rows = await q<NoticeRow[]>`
    select id, at, level, sentence, job_id, node_id, agent_id from notices
    where tenant_id = ${of.tenant_id} and (project_id = ${of.id} or project_id is null) and (${before}::uuid is null or id < ${before}::uuid)
    order by id desc limit ${page.limit + 1}`;
  const items = rows.slice(0, page.limit).map(view);
  return rows.length > page.limit ? { items, next: items.at(-1)!.id } : { items };
}

export async function findNotice(q: Querier, tenantId: string, id: string): Promise<Notice | null> {
  const [row] = await q<NoticeRow[]>`
    select id, at, level, sentence, job_id, node_id, agent_id from notices
    where tenant_id = ${tenantId} and id = ${id}`;
  return row ? view(row) : null;
}

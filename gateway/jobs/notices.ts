import type { z } from "zod";
import type { Notice } from "../../shared/api/work.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Querier } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import type { JobRow } from "./mod.ts";

export type NoticeView = z.infer<typeof Notice>;

interface NoticeRow extends Omit<NoticeView, "at"> {
  at: Date;
}

/** Something the artist should know without asking. Publish it with {@link publishNotices} after the commit. */
export async function notice(
  q: Querier,
  job: Pick<JobRow, "id" | "tenant_id" | "project_id" | "node_id">,
  level: NoticeView["level"],
  sentence: string,
): Promise<NoticeView> {
  const [row] = await q<NoticeRow[]>`
    insert into notices (id, tenant_id, project_id, level, sentence, job_id, node_id) values
      (${uuidv7()}, ${job.tenant_id}, ${job.project_id}, ${level}, ${sentence}, ${job.id}, ${job.node_id})
    returning id, at, level, sentence, job_id, node_id`;
  return viewNotice(row!);
}

export function publishNotices(
  studio: Studio,
  job: Pick<JobRow, "tenant_id" | "project_id">,
  notices: NoticeView[],
): void {
  for (const each of notices) {
    studio.events.publish(job.tenant_id, job.project_id, { type: "notice", notice: each });
  }
}

function viewNotice(row: NoticeRow): NoticeView {
  return { ...row, at: row.at.toISOString() };
}

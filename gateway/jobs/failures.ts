import type { Failures, Operations } from "../../shared/api/operations.ts";
import type { Querier } from "../db/mod.ts";

export interface FailedRow {
  id: string;
  title: string;
  project_id: string;
  project: string;
  runner: string;
  agent: string | null;
  class: Failures["class"];
  message: string;
  finished_at: Date;
}

/** Failures that are gathered, the newest; groups and names of each that are shown. */
const MOST = 1000;
const MOST_GROUPS = 30;
const MOST_NAMES = 4;

/** Jobs that failed within a day, the newest first: jobs_finished (finished_at) read backwards, no farther than a day. */
export async function failedInADay(q: Querier, tenantId: string): Promise<FailedRow[]> {
  return await q<FailedRow[]>`
    select j.id, j.title, j.project_id, p.title as project, j.runner, a.name as agent,
      coalesce(j.error->>'class', 'transient') as class, left(coalesce(j.error->>'message', 'Failed'), 400) as message,
      j.finished_at
    from jobs j join projects p on p.id = j.project_id left join agents a on a.id = j.lease_agent
    where j.tenant_id = ${tenantId} and j.state = 'failed' and j.check_id is null and j.finished_at > now() - interval '1 day'
    order by j.finished_at desc limit ${MOST + 1}`;
}

/** Gathers failures that say the same, the most frequent first. */
export function failuresAlike(rows: readonly FailedRow[]): Operations["failures"] {
  const of = rows.slice(0, MOST);
  const groups = [...Map.groupBy(of, (row) => `${row.class} ${gist(row.message)}`).values()];
  return {
    count: of.length,
    partial: rows.length > MOST,
    groups: groups.sort((a, b) => b.length - a.length).slice(0, MOST_GROUPS).map((group) => {
      const { id, title, project_id, project, message, finished_at, ...newest } = group[0]!;
      return {
        class: newest.class,
        message,
        count: group.length,
        runners: distinct(group.map((row) => row.runner)),
        agents: distinct(group.flatMap((row) => row.agent ?? [])),
        job: { id, title, project_id, project },
        last_at: finished_at.toISOString(),
      };
    }),
  };
}

/** A message without what differs from job to job: quoted names, paths, ids, numbers. */
export function gist(message: string): string {
  return message
    .replaceAll(/"[^"]*"|'[^']*'|“[^”]*”/g, '"…"')
    .replaceAll(/(?:[A-Za-z]:)?(?:[\\/][\w.~-]+){2,}/g, "…")
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{8,}\b/gi, "#")
    .replaceAll(/\d+(?:[.,]\d+)*/g, "#")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 200);
}

function distinct(names: string[]): string[] {
  const all = [...new Set(names)];
  return all.length > MOST_NAMES ? [...all.slice(0, MOST_NAMES), `${all.length - MOST_NAMES} others`] : all;
}

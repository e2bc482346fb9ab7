import type { Querier } from "../db/mod.ts";
import { slotJobs } from "../jobs/mod.ts";
import type { AgentRow } from "./mod.ts";
import { stateOf } from "./view.ts";

/**
 * What a screen would draw differently, per agent: its state (silence makes it offline, and no statement says so), what is
 * suspended, which job is on which slot. Agents silent for an hour are left out: they were noticed long ago.
 */
export async function readMarks(q: Querier, leaseS: number): Promise<Map<string, string>> {
  const rows = await q<
    (
      & Pick<
        AgentRow,
        "id" | "online" | "quarantine" | "paused" | "draining" | "leaving" | "resting" | "doing"
      >
      & {
        suspended: string | null;
      }
    )[]
  >`
    select a.id, a.quarantine, a.paused, a.draining, a.leaving, a.resting, a.doing, a.last_seen_at > now() - make_interval(secs => ${leaseS}) as online,
      (select string_agg(s.runner, ' ' order by s.runner) from strikes s
        where s.agent_id = a.id and s.suspended_at is not null) as suspended
    from agents a
    where a.removed_at is null and a.last_seen_at > now() - interval '1 hour'`;
  const jobs = new Map<string, string[]>();
  for (const job of await slotJobs(q, rows.map((row) => row.id))) {
    jobs.set(job.agent_id, [...jobs.get(job.agent_id) ?? [], `${job.slot}=${job.job_id}`]);
  }
  return new Map(rows.map((row) => [
    row.id,
    [
      stateOf(row),
      row.quarantine?.reason ?? "",
      row.resting ?? "",
      row.doing ?? "",
      row.suspended ?? "",
      ...(jobs.get(row.id) ?? []).toSorted(),
    ].join("|"),
  ]));
}

/** The agents whose mark is another than before. */
export function changedMarks(before: Map<string, string>, now: Map<string, string>): string[] {
  return [...now].filter(([id, mark]) => before.get(id) !== mark).map(([id]) => id);
}

import type { JobRow } from "./mod.ts";
import { followUp } from "./dependencies.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import type { Room } from "./room.ts";
import { announce, move, type Moved } from "./state_machine.ts";

/** A runner of a studio as it offers it now. */
export interface Offered {
  id: string;
  title: string;
  version: string;
}

/**
 * What waits for another version of a runner than the studio has is cancelled: no agent will have that version again, and a take must be
 * made by the graph that it says. Whoever asked is told to generate it anew, with what the new version asks for.
 */
export async function cancelOldVersions(room: Room, tenantId: string, now: Offered): Promise<void> {
  const done = await room.studio.db.sql.begin(async (tx) => {
    const waiting = await tx<JobRow[]>`
      select * from jobs where tenant_id = ${tenantId} and runner = ${now.id} and kind = 'generate'
        and state in ('queued', 'blocked') and spec->>'runner_version' <> ${now.version}
      order by id for update`;
    const told: { job: JobRow; notices: NoticeView[] }[] = [];
    const moves: Moved[] = [];
    for (const jobs of Map.groupBy(waiting, (job) => job.project_id).values()) {
      for (const job of jobs) {
        if (moves.some((moved) => moved.job.id === job.id)) continue;
        const moved = await move(tx, job, {
          happening: "cancel",
          sentence: oldWords(job, now),
          endGrant: true,
        });
        moves.push(moved, ...await followUp(tx, moved));
      }
      // Of a spot check, which no film hears of, only the check is told.
      const [job, ...more] = jobs.filter((each) => each.check_id === null);
      if (!job) continue;
      const takes = more.length ? `${more.length + 1} takes were` : "1 take was";
      told.push({
        job,
        notices: [await notice(tx, job, "attention", `${takes} cancelled. ${oldWords(job, now)}`)],
      });
    }
    return { told, moves };
  }) as { told: { job: JobRow; notices: NoticeView[] }[]; moves: Moved[] };
  for (const { job, notices } of done.told) publishNotices(room.studio, job, notices);
  await announce(room, done.moves);
}

/** Why a job of another version is not made; null when it is of the version that the studio has, or of a runner that it has not. */
export function whyOld(job: Pick<JobRow, "spec">, now: Offered | null): string | null {
  return now && job.spec.kind === "generate" && job.spec.runner_version !== now.version
    ? oldWords(job, now)
    : null;
}

function oldWords({ spec }: Pick<JobRow, "spec">, { title, version }: Offered): string {
  const asked = spec.kind === "generate" ? spec.runner_version : "";
  return `It was asked of ${title} ${asked}, and the studio has ${version} now: generate it anew.`;
}

/** After a start: the gateway's own runners may be others than when they were asked for. */
export async function cancelOldOfAll(room: Room): Promise<void> {
  const rows = await room.studio.db.sql<{ tenant_id: string; runner: string; versions: string[] }[]>`
    select tenant_id, runner, array_agg(distinct spec->>'runner_version') as versions from jobs
    where state in ('queued', 'blocked') and kind = 'generate' group by tenant_id, runner`;
  for (const { tenant_id, runner, versions } of rows) {
    const now = (await room.studio.runners.of(tenant_id)).find(runner);
    if (now && versions.some((version) => version !== now.version)) {
      await cancelOldVersions(room, tenant_id, now);
    }
  }
}

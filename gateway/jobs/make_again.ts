import { ProblemError } from "../../shared/http/problem.ts";
import { takeName } from "../../shared/takes/name.ts";
import { DEFAULT_PRIORITY, type GenerateSpec } from "../../shared/jobs/job.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { asksOf, insertJob } from "./insert.ts";
import type { JobRow } from "./mod.ts";
import { whyOld } from "./old_versions.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";
import { reelAt } from "./planned.ts";

/**
 * A job that has made a take once more, with the same seed and all, under the next take number; never on the machine that had it.
 * ProblemError unprocessable when it made no take, or the studio has another version of its runner.
 */
export async function makeAgain(
  room: Room,
  project: ProjectRow,
  user: UserPrincipal,
  job: JobRow,
): Promise<JobRow> {
  const { studio } = room;
  const { spec } = job;
  if (spec.kind !== "generate") throw new ProblemError("unprocessable", `"${job.title}" made no take.`);
  const old = whyOld(job, (await studio.runners.of(project.tenant_id)).find(job.runner));
  if (old) throw new ProblemError("unprocessable", `"${job.title}" cannot be made once more. ${old}`);
  await studio.plans.requireRoom(studio.db.sql, project.tenant_id, 0);
  const made = await studio.db.sql.begin(async (tx) => {
    const [reserved] = await studio.takes.reserveTakesIn(tx, [
      { project, shot: spec.take.shot, count: 1, versionUp: false, frames: framesOf(spec) },
    ]);
    const { numbers: [number], timecodes: [timecode], serials: [serial] } = reserved!;
    const take = { ...number!, name: takeName(number!) };
    const { trace: _, ...same } = spec;
    return await insertJob(tx, { ...project, branch: job.branch }, {
      ...asksOf(job),
      title: `${spec.title}, take ${take.take}`,
      priority: DEFAULT_PRIORITY,
      ...(job.estimate_s === null ? {} : { cost_s: job.estimate_s }),
      spec: { ...same, take, timecode_start: timecode!, reel: reelAt(serial!) },
      take,
      created_by: user.name,
      asker_id: user.user_id,
      ...(job.sensitivity ? { sensitivity: job.sensitivity } : {}),
      ...(job.lease_agent ? { kept_off: [job.lease_agent] } : {}),
    });
  }) as JobRow;
  await announce(room, [{ job: made, previous: null }]);
  return made;
}

/** Its length in frames of the project: `params` count them at the runner's own rate. */
function framesOf({ output, params: { frames, fps }, fps: rate }: GenerateSpec): number {
  if (output === "image" || typeof frames !== "number") return 1;
  const { num, den } = RATES[rate];
  return typeof fps === "number" ? Math.ceil(Number((frames / fps * num / den).toFixed(6))) : frames;
}

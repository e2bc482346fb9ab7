import { whyOff } from "../../shared/canvas/left_out.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { PAID_SHARE } from "../../shared/jobs/price.ts";
import { reserve } from "../credits/mod.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { followUp, openNeeds } from "./dependencies.ts";
import { nextFairKey } from "./fair.ts";
import type { JobRow } from "./mod.ts";
import { whyOld } from "./old_versions.ts";
import { replace } from "./place.ts";
import type { Room } from "./room.ts";
import { announce, lockJob, move, type Moved, tell } from "./state_machine.ts";
import { isFinal } from "./transitions.ts";

/**
 * Cancels: at once while it waits; a running one's agent is told, which waits for the word, and it is `cancelled` when the agent has
 * stopped. Cancelling what is over changes nothing.
 */
export async function cancel(
  room: Room,
  project: ProjectRow,
  jobId: string,
  by: string,
): Promise<JobRow> {
  const done = await room.studio.db.sql.begin(async (tx) => {
    const job = await lockOwn(tx, project, jobId);
    if (isFinal(job.state) || job.cancel_requested_at) return { job, moves: [] };
    if (job.state === "leased") {
      const [asked] = await tx<JobRow[]>`
        update jobs set cancel_requested_at = now() where id = ${job.id} returning *`;
      await tell(tx, job, {
        kind: "cancel_requested",
        sentence: `${by} asked to cancel it; its agent is told.`,
      });
      return { job: asked!, moves: [{ job: asked!, previous: job.state }] };
    }
    const moved = await move(tx, job, {
      happening: "cancel",
      sentence: `${by} cancelled it.`,
      endGrant: true,
    });
    return { job: moved.job, moves: [moved, ...await followUp(tx, moved)] };
  }) as { job: JobRow; moves: Moved[] };
  if (done.job.cancel_requested_at && done.job.lease_agent) room.stops.tell(done.job.lease_agent);
  await announce(room, done.moves);
  return done.job;
}

/**
 * A failed or cancelled job once more, under the same take number, with all its attempts. `userId`: whoever asks; credits of a person are
 * spent again by that person alone.
 */
export async function retry(
  room: Room,
  project: ProjectRow,
  jobId: string,
  by: string,
  userId?: string,
): Promise<JobRow> {
  const moved = await room.studio.db.sql.begin(async (tx) => {
    const job = await lockOwn(tx, project, jobId);
    if (job.state !== "failed" && job.state !== "cancelled") {
      throw new ProblemError(
        "conflict",
        `"${job.title}" is ${job.state}; only a failed or cancelled job can be retried.`,
      );
    }
    await checkInForce(room, tx, project, job);
    const old = whyOld(job, (await room.studio.runners.of(project.tenant_id, tx)).find(job.runner));
    if (old) throw new ProblemError("unprocessable", `"${job.title}" cannot be made once more. ${old}`);
    const waits = (await openNeeds(tx, job.id)).length > 0;
    // Where it may run may have changed while it was over.
    await replace(tx, { projectId: project.id, jobIds: [job.id] });
    const others = job.credits_of === "mine" && job.asker_id !== userId;
    const paid = !job.credits_of
      ? {}
      : others
      ? await usualTurn(tx, project, job)
      : await payAgain(tx, project, job);
    const moved = await move(tx, job, {
      happening: waits ? "again_blocked" : "again",
      sentence: `${by} asked for it again.`,
      set: { attempt: 0, oom_retries: 0, avoid: [], error: null, cancel_requested_at: null, ...paid },
    });
    if (job.credits_of && !moved.job.credits_of) {
      await tell(tx, job, {
        kind: "credits",
        sentence: others
          ? "Its earlier place was paid with the credits of whoever asked first, so it waits its usual turn."
          : "There are not enough credits for its earlier place any more, so it waits its usual turn.",
      });
    }
    return moved;
  }) as Moved;
  await announce(room, [moved]);
  return moved.job;
}

/** The earlier place costs anew, as what was set aside came back; without credits the job has the place of any other. */
async function payAgain(tx: Tx, project: ProjectRow, job: JobRow): Promise<Partial<JobRow>> {
  try {
    await reserve(tx, [job], job.credits_of!);
    return {};
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return await usualTurn(tx, project, job);
  }
}

async function usualTurn(tx: Tx, project: ProjectRow, job: JobRow): Promise<Partial<JobRow>> {
  const cost_s = Math.round(job.cost_s / PAID_SHARE);
  return {
    cost_s,
    fair_key: await nextFairKey(tx, project, { ...job, cost_s }),
    credits: null,
    credits_of: null,
  };
}

/** A node that was switched off meanwhile makes nothing, also not once more. */
async function checkInForce({ studio }: Room, tx: Tx, project: ProjectRow, job: JobRow): Promise<void> {
  if (!job.node_id) return;
  // Of a branch that is gone, there is nobody left to ask.
  const canvas = await studio.canvas.read(tx, project.id, job.branch).catch((error) => {
    if (error instanceof ProblemError) return null;
    throw error;
  });
  const node = canvas?.graph.nodes.find((each) => each.id === job.node_id);
  const off = node && whyOff(node);
  if (off) throw new ProblemError("unprocessable", off);
}

export async function setPriority(
  room: Room,
  project: ProjectRow,
  jobId: string,
  priority: number,
): Promise<JobRow> {
  const moved = await room.studio.db.sql.begin(async (tx) => {
    const job = await lockOwn(tx, project, jobId);
    if (isFinal(job.state)) {
      throw new ProblemError(
        "conflict",
        `"${job.title}" is ${job.state}; its priority has no effect any more.`,
      );
    }
    const [row] = await tx<JobRow[]>`
      update jobs set priority = ${priority} where id = ${job.id} returning *`;
    await tell(tx, job, { kind: "priority", sentence: `Its priority is ${priority} now.` });
    return { job: row!, previous: job.state };
  }) as Moved;
  await announce(room, [moved]);
  return moved.job;
}

async function lockOwn(tx: Tx, project: ProjectRow, jobId: string): Promise<JobRow> {
  const job = isId(jobId) ? await lockJob(tx, jobId) : null;
  if (!job || job.project_id !== project.id) {
    throw new ProblemError("not_found", `There is no job "${jobId}" in this project.`);
  }
  return job;
}

import type { z } from "zod";
import type { CompleteBody, FailBody } from "../../shared/agents/protocol.ts";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { recordUsage } from "../usage/mod.ts";
import { hostFaultOf, isStrike } from "./blame.ts";
import { followUp } from "./dependencies.ts";
import { fallLower } from "./fall.ts";
import { canServe } from "./fleet.ts";
import { cardOf, judge, workOf } from "./footprints.ts";
import { grantOf, leaseLost, lockGrant } from "./grant.ts";
import { forgetLog } from "./log.ts";
import { bytesOf, checkObjects, lookAt, type Made, record } from "./made.ts";
import type { JobRow } from "./mod.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import { decide, type Decision } from "./retry.ts";
import type { Room } from "./room.ts";
import { lettingBack } from "./stand_back.ts";
import { announce, move, type Moved } from "./state_machine.ts";
import { next } from "./transitions.ts";

type Done = z.infer<typeof CompleteBody>;

/**
 * A finished render becomes a take or an export: objects checked, row, job and outbox in one transaction. Good under the job's
 * latest grant, also when that ran out or a cancel came meanwhile: finished work is not thrown away. Twice is a no-op.
 */
export async function complete(room: Room, agentId: string, lease: string, body: Done): Promise<JobRow> {
  const { studio } = room;
  const done = await studio.db.sql.begin(async (tx) => {
    const job = await lockGrant(tx, agentId, lease);
    if (job.state === "succeeded") return { job, moves: [], made: null };
    if (!next(job.state, "succeed")) throw leaseLost();
    // Sent together: the time of an end is the number of times that it waits for the database.
    const [project] = await Promise.all([
      projectOf(studio, tx, job),
      checkObjects(studio, tx, job, body),
      studio.agents.success(tx, agentId, job.runner, job.lease_slot),
    ]);
    const [made] = await Promise.all([
      record(studio, tx, project, job, body),
      recordUsage(tx, job, {
        seconds: body.seconds,
        bytes: bytesOf(body),
        made: true,
        tell: studio.config.webhook !== null,
      }),
      forgetLog(tx, job.id),
    ]);
    const succeeded = await move(tx, job, {
      happening: "succeed",
      sentence: `Made in ${duration(body.seconds)}${
        job.state === "leased" ? "" : ", after its lease had run out"
      }.`,
      // A boot that ended handed its attempt back; the work was done all the same.
      set: { attempt: Math.max(1, job.attempt), error: null },
      data: { seconds: body.seconds, peak_vram_mb: body.peak_vram_mb ?? null },
    });
    return {
      job: succeeded.job,
      moves: [succeeded, ...await followUp(tx, succeeded)],
      made,
      before: job,
    };
  }) as { job: JobRow; moves: Moved[]; made: Made | null; before?: JobRow };
  // The row of before knows the slot that made it.
  if (done.before) room.footprints.learn({ ...done.before, lease_agent: agentId }, body);
  await announce(room, done.moves);
  studio.agents.announce(agentId);
  if (done.made?.kind === "take") await studio.takes.announce(done.made.row);
  if (done.made?.kind === "export") await studio.assembly.announce(done.made.row);
  if (done.made) await lookAt(studio, { ...done.job, lease_agent: agentId }, done.made);
  return done.job;
}

/** An attempt failed: tried again, a tier lower, or over, by the class of its error (retry.ts). */
export async function fail(
  room: Room,
  agentId: string,
  lease: string,
  error: z.infer<typeof FailBody>,
): Promise<JobRow> {
  const { studio } = room;
  const larger = error.class === "oom" ? await largerFor(room, agentId, lease) : [];
  const done = await studio.db.sql.begin(async (tx) => {
    const job = await lockGrant(tx, agentId, lease);
    // Lost, swept and given to nobody: what went wrong is still worth knowing, but the sweeper has decided already.
    if (job.state !== "leased") throw leaseLost();
    // Before its strikes: both take locks, and two attempts that fail at once take them in the same order.
    const fault = hostFaultOf(job, error);
    const quarantined = fault && await studio.agents.fault(tx, agentId, {
      ...{ job_id: job.id, slot: job.lease_slot ?? "", runner: job.runner, message: error.message },
      ...fault,
    });
    const [suspended] = await Promise.all([
      isStrike(error) && studio.agents.strike(tx, agentId, job.runner),
      recordUsage(tx, job, { made: false, tell: studio.config.webhook !== null }),
    ]);
    return {
      ...await settle(room, tx, job, error, {
        avoid: agentId,
        suspended,
        quarantined: quarantined !== null,
        larger,
      }),
      before: job,
      suspended,
      quarantined,
    };
  }) as Settled & { before: JobRow; suspended: boolean; quarantined: string | null };
  if (done.quarantined) {
    await studio.agents.tellQuarantined(done.job.tenant_id, agentId, done.quarantined);
  }
  if (done.suspended) await studio.agents.tellSuspended(done.job.tenant_id, agentId, done.job.runner);
  if (error.class === "oom") room.footprints.learn(done.before, "oom");
  const moves = await lettingBack(room, done.moves);
  await announce(room, moves);
  publishNotices(studio, done.job, done.notices);
  studio.agents.announce(agentId);
  return moves[0]!.job;
}

/**
 * Names of agents that could take it on a larger card than the one that ran out of memory, and have not been tried. Read before the
 * transaction: it has the one connection of an embedded database.
 */
async function largerFor({ studio, footprints }: Room, agentId: string, lease: string): Promise<string[]> {
  const { sql } = studio.db;
  const [job] = await sql<JobRow[]>`select * from jobs where id = ${grantOf(lease).jobId}`;
  if (!job || job.lease_agent !== agentId || job.spec.kind !== "generate") return [];
  const roster = await studio.agents.roster(job.tenant_id);
  const had = roster.find(({ id }) => id === agentId)?.facts.slots.find(({ slot }) => slot === job.lease_slot)
    ?.vram_mb ??
    job.vram_mb;
  const learned = await footprints.of(job.tenant_id, job.runner);
  const work = workOf(job.spec);
  return roster.filter((agent) =>
    agent.id !== agentId && !job.avoid.includes(agent.id) && canServe(agent, job) &&
    agent.facts.slots.some((slot) =>
      slot.capabilities.includes(job.capability) && slot.vram_mb > had &&
      judge(learned, { capability: job.capability, card: cardOf(agent, slot.slot), work }).holds
    )
  ).map(({ name }) => name);
}

interface Settled {
  job: JobRow;
  moves: Moved[];
  notices: NoticeView[];
}

/** Applies what retry.ts decides to a leased job, locked in this transaction. */
async function settle(
  room: Room,
  tx: Tx,
  job: JobRow,
  error: z.infer<typeof FailBody>,
  { avoid, suspended, quarantined, larger }: {
    avoid: string;
    suspended: boolean;
    quarantined: boolean;
    larger: string[];
  },
): Promise<Settled> {
  const agent = await agentName(room, tx, avoid);
  const decision = decide(job, error, {
    agent,
    pauseS: room.studio.config.leaseSeconds / 4,
    random: Math.random(),
  });
  const tail = quarantined
    ? ` ${agent} is in quarantine now: it failed again and again.`
    : suspended
    ? ` ${agent} gets no more of ${job.runner} until somebody clears it.`
    : "";
  if (job.check_id !== null && (decision.then === "fail" || decision.then === "fall")) {
    // Its film has nothing to do with it. At a lower quality it would compare to nothing.
    return await end(tx, job, { happening: "fail", sentence: decision.sentence }, error, []);
  }
  switch (decision.then) {
    case "cancel":
      return await end(tx, job, { happening: "cancel", sentence: decision.sentence }, error, []);
    case "fail":
      return await end(tx, job, { happening: "fail", sentence: decision.sentence + tail }, error, [
        notice(tx, job, "broken", `${job.title}: ${decision.sentence}`),
      ]);
    case "fall": {
      if (larger.length) {
        return await again(
          tx,
          job,
          error,
          {
            ...{ then: "retry", restS: 0, avoid: true, oom: false },
            sentence: `${decision.sentence} It is tried on a larger card (${larger.slice(0, 3).join(", ")}).`,
          },
          avoid,
          "",
        );
      }
      const fallen = await fallLower(room, tx, job, agent);
      if (fallen.to === null) {
        return await end(tx, job, { happening: "fail", sentence: fallen.sentence }, error, [
          notice(tx, job, "broken", `${job.title}: ${fallen.sentence}`),
        ]);
      }
      const moved = await move(tx, job, {
        happening: "retry",
        sentence: fallen.sentence,
        set: { ...fallen.to, error, attempt: 0, oom_retries: 0 },
        endGrant: true,
        data: { class: error.class },
      });
      return {
        job: moved.job,
        moves: [moved],
        notices: [await notice(tx, job, "attention", `${job.title}: ${fallen.sentence}`)],
      };
    }
    case "retry":
      return await again(tx, job, error, decision, avoid, tail);
  }
}

async function again(
  tx: Tx,
  job: JobRow,
  error: z.infer<typeof FailBody>,
  decision: Extract<Decision, { then: "retry" }>,
  agentId: string,
  tail: string,
): Promise<Settled> {
  const moved = await move(tx, job, {
    happening: "retry",
    sentence: decision.sentence + tail,
    restS: decision.restS,
    set: {
      error,
      ...(decision.avoid ? { avoid: [...new Set([...job.avoid, agentId])] } : {}),
      // An attempt that ran out of memory does not use up one that could fail for other reasons.
      // Another card has its own first time.
      ...(error.class === "oom" && decision.avoid ? { oom_retries: 0, attempt: 0 } : {}),
      ...(decision.oom ? { oom_retries: job.oom_retries + 1, attempt: Math.max(0, job.attempt - 1) } : {}),
    },
    endGrant: true,
    data: { class: error.class },
  });
  return { job: moved.job, moves: [moved], notices: [] };
}

async function end(
  tx: Tx,
  job: JobRow,
  how: { happening: "cancel" | "fail"; sentence: string },
  error: z.infer<typeof FailBody>,
  notices: Promise<NoticeView>[],
): Promise<Settled> {
  const [moved, ...said] = await Promise.all([
    move(tx, job, {
      ...how,
      set: { error: how.happening === "fail" ? error : null },
      endGrant: true,
      data: { class: error.class },
    }),
    ...notices,
  ]);
  return { job: moved.job, moves: [moved, ...await followUp(tx, moved)], notices: said };
}

/** Hands a job back: an agent that drains, or whose machine is being reclaimed. It costs no attempt. */
export async function release(
  room: Room,
  agentId: string,
  lease: string,
  reason: string,
): Promise<JobRow> {
  const moves = await room.studio.db.sql.begin(async (tx) => {
    const job = await lockGrant(tx, agentId, lease);
    if (job.state !== "leased") throw leaseLost();
    if (job.cancel_requested_at) {
      const moved = await move(tx, job, { happening: "cancel", sentence: "Cancelled.", endGrant: true });
      return [moved, ...await followUp(tx, moved)];
    }
    return [
      await move(tx, job, {
        happening: "hand_back",
        sentence: `${await agentName(room, tx, agentId)} handed it back: ${reason}.`,
        set: { attempt: Math.max(0, job.attempt - 1) },
        endGrant: true,
      }),
    ];
  }) as Moved[];
  await announce(room, moves);
  room.studio.agents.announce(agentId);
  return moves[0]!.job;
}

async function agentName({ names }: Room, tx: Tx, agentId: string): Promise<string> {
  return (await names.of(tx, [agentId])).get(agentId) ?? "The agent";
}

async function projectOf({ projects }: Studio, tx: Tx, job: JobRow): Promise<ProjectRow> {
  const project = await projects.byId(tx, job.project_id);
  if (!project) throw new Error(`Job ${job.id} belongs to no project`);
  return project;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

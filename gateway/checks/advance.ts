import type { CheckState } from "../../shared/api/checks.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { Tx } from "../db/mod.ts";
import { type JobRow, publishNotices } from "../jobs/mod.ts";
import type { Studio } from "../studio.ts";
import { blame, type Blamed, tellBlamed, tellUndecided } from "./blame.ts";
import { compareThem, makeIt } from "./make.ts";
import { scoreOf } from "./reputation.ts";
import { nextStep } from "./steps.ts";
import {
  type CheckRow,
  type ComparisonRow,
  comparisonsOf,
  lockCheck,
  type Opinion,
  opinionsOf,
  recount,
} from "./store.ts";
import { whoElse } from "./who.ts";

interface Known {
  check: CheckRow;
  /** What made the take. */
  job: JobRow;
  opinions: Opinion[];
  compared: ComparisonRow[];
  roster: AgentRow[];
}

/** What a step did, to be told after the commit. */
interface Done {
  queued?: JobRow;
  ended?: { check: CheckRow; opinions: Opinion[] };
  blamed?: Blamed;
  /** A job that nobody waits for any more. */
  unwanted?: string | null;
}

/** Goes on with a check by what is known; several gateways at once do it one after the other. */
export async function advanceCheck(studio: Studio, tenantId: string, checkId: string): Promise<void> {
  const { sql } = studio.db;
  // Before the transaction: it has the one connection of an embedded database.
  const roster = await studio.agents.roster(tenantId);
  const done = await sql.begin(async (tx) => {
    const check = await lockCheck(tx, tenantId, checkId);
    if (!check || check.ended_at !== null) return {};
    const [job] = await tx<JobRow[]>`
      select j.* from jobs j join takes t on t.job_id = j.id where t.id = ${check.take_id}`;
    if (!job) {
      return await end(tx, check, [], "abandoned", "The job that made the take is not known any more.");
    }
    const awaited = await awaitedJob(tx, check);
    const opinions = await opinionsOf(tx, check.id);
    if (awaited === "wait") return {};
    if (awaited !== null) {
      return { ...await end(tx, check, opinions, "abandoned", awaited), unwanted: check.job_id };
    }
    return await step(studio, tx, {
      ...{ check, job, opinions, roster },
      compared: await comparisonsOf(tx, check.id),
    });
  }) as Done;
  if (done.unwanted) await dropJob(studio, done.unwanted);
  if (done.queued) await studio.jobs.announce([done.queued]);
  if (done.blamed) await tellBlamed(studio, tenantId, done.blamed);
  if (done.blamed) { for (const { job, notices } of done.blamed.told) publishNotices(studio, job, notices); }
  if (done.ended) {
    if (done.ended.check.state === "undecided") await tellUndecided(studio, done.ended.check);
    studio.agents.forget(tenantId);
    for (const { agent_id } of done.ended.opinions) studio.agents.announce(agent_id);
  }
}

async function dropJob(studio: Studio, jobId: string): Promise<void> {
  const { sql } = studio.db;
  const [job] = await sql<Pick<JobRow, "project_id">[]>`
    select project_id from jobs where id = ${jobId} and finished_at is null`;
  const project = job && await studio.projects.byId(sql, job.project_id);
  if (project) await studio.jobs.cancel(project, jobId, "The studio");
}

/** Whether the job that a check waits for still may bring something; null: it has. Else why the check is over. */
async function awaitedJob(tx: Tx, check: CheckRow): Promise<"wait" | string | null> {
  if (check.job_id === null) return null;
  const [job] = await tx<
    Pick<JobRow, "state" | "error">[]
  >`select state, error from jobs where id = ${check.job_id}`;
  if (!job) return "Its job is not known any more.";
  if (job.state === "succeeded") return null;
  if (job.state === "failed" || job.state === "cancelled") {
    return `It could not be made again: ${job.error?.message ?? job.state}`;
  }
  return await isOld(tx, check) ? "Nobody made it again within a day." : "wait";
}

async function step(studio: Studio, tx: Tx, known: Known): Promise<Done> {
  const { check, job, opinions, compared, roster } = known;
  const next = nextStep(opinions.map(({ nth }) => nth), compared);
  switch (next.then) {
    case "make": {
      const circle = whoElse(roster, job, opinions.map(({ agent_id }) => agent_id));
      if (!circle) return await waitForSomebody(tx, known, next.nth);
      const queued = await makeIt(studio, tx, check.id, job, circle);
      await tx`update checks set state = ${
        next.nth === 3 ? "third" : "second"
      }, sentence = '' where id = ${check.id}`;
      return { queued };
    }
    case "compare": {
      const queued = await compareThem(
        studio,
        tx,
        check.id,
        job,
        opinions.filter(({ nth }) => next.nths.includes(nth)),
      );
      await tx`update checks set state = ${
        next.nths.length > 2 ? "comparing_third" : "comparing"
      } where id = ${check.id}`;
      return { queued };
    }
    case "agreed":
      return await end(
        tx,
        check,
        opinions,
        "agreed",
        `${next.right.length} machines made the same: ${reason(compared)}.`,
      );
    case "undecided":
      return await end(
        tx,
        check,
        opinions,
        "undecided",
        "Three machines made three different pictures; perhaps what made them is not the same everywhere.",
      );
    case "blame": {
      const wrong = opinions.find(({ nth }) => nth === next.wrong)!.agent_id;
      const name = roster.find(({ id }) => id === wrong)?.name ?? "A machine";
      const ended = await end(
        tx,
        check,
        opinions,
        next.wrong === 1 ? "blamed" : "cleared",
        `${name} differs from two others that agree: ${
          reason(compared.filter(({ a, b }) => a === next.wrong || b === next.wrong))
        }.`,
        wrong,
      );
      return { ...ended, blamed: await blame(studio, tx, ended.ended!.check, { wrong, name, job }) };
    }
  }
}

/** Until a machine that could comes online; a day long. Whoever works alone at night is checked in the morning. */
async function waitForSomebody(tx: Tx, { check, opinions, compared }: Known, nth: 2 | 3): Promise<Done> {
  const differ = `Two machines differ (${reason(compared)}), and`;
  if (await isOld(tx, check)) {
    return nth === 2
      ? await end(tx, check, opinions, "abandoned", "No other machine could make it within a day.")
      : await end(tx, check, opinions, "undecided", `${differ} no third could make it within a day.`);
  }
  const sentence = nth === 2
    ? "It waits for another machine that can make it."
    : `${differ} it waits for a third that can make it.`;
  await tx`
    update checks set state = ${nth === 3 ? "third" : "second"}, job_id = null, sentence = ${sentence}
    where id = ${check.id}`;
  return {};
}

async function isOld(tx: Tx, check: CheckRow): Promise<boolean> {
  const [age] = await tx<{ old: boolean }[]>`
    select ${check.began_at}::timestamptz < now() - interval '1 day' as old`;
  return age!.old;
}

function reason(compared: readonly ComparisonRow[]): string {
  return compared[0]?.why ?? "not compared";
}

async function end(
  tx: Tx,
  check: CheckRow,
  opinions: Opinion[],
  state: CheckState,
  sentence: string,
  blamed: string | null = null,
): Promise<Done> {
  const [row] = await tx<CheckRow[]>`
    update checks set state = ${state}, sentence = ${sentence}, blamed_id = ${blamed}, job_id = null, ended_at = now()
    where id = ${check.id} returning *`;
  for (const agentId of new Set([check.agent_id, ...(blamed ? [blamed] : [])])) {
    await recount(tx, agentId, scoreOf);
  }
  return { ended: { check: row!, opinions } };
}

import { writeAudit } from "../audit/mod.ts";
import { tellOperators } from "../agents/mod.ts";
import { takeBack } from "../credits/mod.ts";
import { creditText } from "../../shared/jobs/price.ts";
import type { Tx } from "../db/mod.ts";
import { type JobRow, notice, type NoticeView } from "../jobs/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import type { CheckRow } from "./store.ts";

/** What came of it that a machine was wrong, to be told after the commit. */
export interface Blamed {
  agent: { id: string; name: string; community: boolean };
  check: CheckRow;
  take: string;
  film: string;
  takes: TakeRow[];
  /** Thousandths of a credit. */
  takenBack: number;
  told: { job: Pick<JobRow, "tenant_id" | "project_id">; notices: NoticeView[] }[];
}

/**
 * A machine's work differs from that of two others: what it made since it was last right is marked, and no longer earns; it gets no more work
 * until whoever looks after the machines lets it. In the transaction that ends the check. Of a trusted machine, only the operators hear: its work was never vouched for by checks.
 */
export async function blame(
  studio: Studio,
  tx: Tx,
  check: CheckRow,
  { wrong, name, job }: { wrong: string; name: string; job: JobRow },
): Promise<Blamed> {
  const [about] = await tx<{ community: boolean; film: string; take: string }[]>`
    select a.trust = 'anyone' as community, p.title as film, t.name as take
    from agents a, projects p, takes t
    where a.id = ${wrong} and p.id = ${check.project_id} and t.id = ${check.take_id}`;
  const { community, film, take } = about!;
  if (community) {
    await studio.agents.foundWrong(
      tx,
      wrong,
      `A spot check found that it made ${take} of "${film}" wrong: two other machines agree on another.`,
    );
  }
  const takes = community ? await mark(tx, check, wrong, name) : [];
  const takenBack = takes.length ? await takeBack(tx, check.tenant_id, takes.map(({ job_id }) => job_id)) : 0;
  const told: Blamed["told"] = [];
  for (const [project_id, rows] of Map.groupBy(takes, (row) => row.project_id)) {
    const where = { tenant_id: check.tenant_id, project_id, id: rows[0]!.job_id, node_id: rows[0]!.node_id };
    const some = rows.length === 1 ? `${rows[0]!.name} is` : `${rows.length} takes are`;
    told.push({
      job: where,
      notices: [
        await notice(
          tx,
          where,
          "attention",
          `${some} unverified: ${name} made ${
            rows.length === 1 ? "it" : "them"
          }, and a spot check found its work wrong. Look at ${rows.length === 1 ? "it" : "them"}, and have ${
            rows.length === 1 ? "it" : "them"
          } made again or keep ${rows.length === 1 ? "it" : "them"}.`,
        ),
      ],
    });
  }
  await writeAudit(tx, {
    tenantId: check.tenant_id,
    who: { name: "The studio" },
    what: "machine_blamed",
    subject: { id: wrong, name },
    detail: {
      take,
      project: film,
      job: job.id,
      takes: takes.length,
      credits: creditText(takenBack),
      quarantined: community,
    },
  });
  return { agent: { id: wrong, name, community }, check, take, film, takes, takenBack, told };
}

/** Takes that it made since the one that a check last found right; and the one that was looked at, should a later one be right already. */
async function mark(tx: Tx, check: CheckRow, agentId: string, name: string): Promise<TakeRow[]> {
  const since = new Date().toISOString();
  const other = `${name} made it, and a spot check found other work of ${name} wrong.`;
  const itself = `${name} made it, and two other machines made the same otherwise, both alike.`;
  return await tx<TakeRow[]>`
    update takes set unverified = jsonb_build_object('since', ${since}::text,
      'sentence', case when id = ${check.take_id} then ${itself}::text else ${other}::text end)
    where tenant_id = ${check.tenant_id} and job_id in (
        select id from jobs where lease_agent = ${agentId} and kind = 'generate' and state = 'succeeded' and check_id is null)
      and (id = ${check.take_id} or created_at > coalesce((
        select max(t.created_at) from checks c join takes t on t.id = c.take_id
        where c.agent_id = ${agentId} and c.state in ('agreed', 'cleared')), '-infinity'))
    returning *`;
}

/** Screens and operators hear of it. */
export async function tellBlamed(studio: Studio, tenantId: string, blamed: Blamed): Promise<void> {
  const { agent, takes, takenBack, check } = blamed;
  if (agent.community) await studio.agents.tellFoundWrong(agent.id);
  for (const take of takes) await studio.takes.announce(take);
  const follows = agent.community
    ? `${takes.length === 1 ? "1 take is" : `${takes.length} takes are`} marked unverified, and ${
      creditText(takenBack)
    } credits were taken back. It is in quarantine and gets no more work: look at the check under Operations, then end its quarantine under Fleet, or remove it there.`
    : "It is a machine that you trust: look at its card, driver and models.";
  await tellOperators(studio, { id: agent.id, tenant_id: tenantId }, {
    about: `check ${check.id}`,
    level: "broken",
    sentence:
      `A spot check found that ${agent.name} made ${blamed.take} of "${blamed.film}" wrong: two other machines agree on another. ${follows}`,
  });
}

/** Two differ, and nobody could say which is right: people may. */
export async function tellUndecided(studio: Studio, check: CheckRow): Promise<void> {
  const [about] = await studio.db.sql<{ agent: string; take: string; film: string }[]>`
    select a.name as agent, t.name as take, p.title as film
    from agents a, takes t, projects p
    where a.id = ${check.agent_id} and t.id = ${check.take_id} and p.id = ${check.project_id}`;
  await tellOperators(studio, { id: check.agent_id, tenant_id: check.tenant_id }, {
    about: `check ${check.id}`,
    level: "attention",
    sentence: `A spot check of ${about!.take} of "${about!.film}", which ${
      about!.agent
    } made, stays undecided. ${check.sentence} Look at both under Operations.`,
  });
}

import { uuidv7 } from "../../shared/ids.ts";
import { asSystem } from "../db/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { advanceCheck } from "./advance.ts";
import type { Checks } from "./mod.ts";
import { record } from "./record.ts";
import { onProbation } from "./reputation.ts";
import { drawn, readSettings } from "./settings.ts";
import { addOpinion, begunToday } from "./store.ts";

/** Open checks that are read at once. */
const TOGETHER = 100;

export function createChecks(studio: Studio): Checks {
  return {
    consider: (job, take) => asSystem(() => consider(studio, job, take)),
    record,
    // Agents' requests and the clock come here, neither of which asks as a person of the studio would.
    advance: (tenantId, checkId) => asSystem(() => advanceCheck(studio, tenantId, checkId)),
    advanceAll: () => asSystem(() => advanceAll(studio)),
  };
}

/** All of them, however many wait for a machine: one behind those may go on. What fails of one is told, and holds up no other. */
async function advanceAll({ db, closing, log, checks }: Studio): Promise<void> {
  let after = "";
  for (;;) {
    const open = await db.sql<{ id: string; tenant_id: string }[]>`
      select c.id, c.tenant_id from checks c left join jobs j on j.id = c.job_id
      where c.ended_at is null and (j.id is null or j.finished_at is not null or c.began_at < now() - interval '1 day')
        ${after ? db.sql`and c.id > ${after}` : db.sql``}
      order by c.id limit ${TOGETHER}`;
    for (const { id, tenant_id } of open) {
      if (closing.aborted) return;
      try {
        await checks.advance(tenant_id, id);
      } catch (error) {
        if (!closing.aborted) {
          log.warn("A spot check could not go on; it is tried again", { check: id, error });
        }
      }
    }
    if (open.length < TOGETHER) return;
    after = open.at(-1)!.id;
  }
}

/** Only what has a seed comes out the same twice. */
function canComeOutTheSame({ spec }: JobRow): boolean {
  return spec.kind === "generate" && typeof spec.params.seed === "number";
}

async function consider(studio: Studio, job: JobRow, take: TakeRow): Promise<void> {
  if (!canComeOutTheSame(job) || !job.lease_agent) return;
  const { sql } = studio.db;
  const roster = await studio.agents.roster(job.tenant_id);
  const maker = roster.find(({ id }) => id === job.lease_agent);
  if (maker?.trust !== "anyone") return;
  const settings = await readSettings(sql, job.tenant_id);
  // Of this moment: the roster may be a second old.
  const [standing] = await sql<
    { agreed_since: number }[]
  >`select agreed_since from agents where id = ${maker.id}`;
  const share = standing && onProbation(standing) ? settings.probation_share : settings.share;
  if (!drawn(share) || await begunToday(sql, job.tenant_id) >= settings.per_day) return;
  const check = { id: uuidv7(), tenant_id: job.tenant_id };
  const begun = await sql.begin(async (tx) => {
    const { count } = await tx`
      insert into checks ${
      tx({ ...check, project_id: job.project_id, take_id: take.id, agent_id: maker.id, state: "second" })
    } on conflict (take_id) do nothing`;
    if (count === 0) return false;
    await addOpinion(tx, check, {
      ...{ nth: 1, agent_id: maker.id, oid: take.oid, size: take.size, extension: take.extension },
      ...{ media: take.media, objects: [] },
    });
    return true;
  }) as boolean;
  if (begun) await advanceCheck(studio, check.tenant_id, check.id);
}

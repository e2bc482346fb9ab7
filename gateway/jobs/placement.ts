import type { z } from "zod";
import type { Placement, PlacementRule, SetPlacement, TagRule } from "../../shared/api/placement.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Querier } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { JobRow } from "./mod.ts";
import { replace } from "./place.ts";
import type { Room } from "./room.ts";
import { announce, tell } from "./state_machine.ts";

/** The rules of a project, of its nodes and of its jobs that have not ended. */
export async function placementOf(q: Querier, project: ProjectRow): Promise<z.infer<typeof Placement>> {
  const rules = await q<PlacementRule[]>`
    select r.node_id, r.job_id, r.agent_id, a.name as agent, r.rule, r.set_by
    from agent_rules r join agents a on a.id = r.agent_id left join jobs j on j.id = r.job_id
    where r.project_id = ${project.id} and (r.job_id is null or j.finished_at is null and j.check_id is null)
    order by r.node_id nulls first, r.job_id nulls first, r.rule, a.name`;
  const tags = await q<TagRule[]>`
    select r.node_id, r.job_id, r.tag, r.rule, r.set_by
    from agent_rules r left join jobs j on j.id = r.job_id
    where r.project_id = ${project.id} and r.tag is not null and (r.job_id is null or j.finished_at is null)
    order by r.node_id nulls first, r.job_id nulls first, r.rule, r.tag`;
  return { trust: project.trust, rules, tags };
}

/** Sets where a project's, a node's or a job's work runs and where not, also for what waits already. */
export async function setPlacement(
  room: Room,
  project: ProjectRow,
  user: UserPrincipal,
  { node_id, job_id, only, never, only_tags = [], never_tags = [] }: z.infer<typeof SetPlacement>,
): Promise<z.infer<typeof Placement>> {
  const both = only.some((id) => never.includes(id)) || only_tags.some((tag) => never_tags.includes(tag));
  if (both) {
    throw new ProblemError(
      "unprocessable",
      "A machine is to have it and not to have it; choose one of the two.",
    );
  }
  const { sql } = room.studio.db;
  const named = await sql<{ id: string; name: string }[]>`
    select id, name from agents
    where tenant_id = ${project.tenant_id} and removed_at is null and id = any(${[
    ...only,
    ...never,
  ]}::uuid[])`;
  const missing = [...only, ...never].find((id) => !named.some((agent) => agent.id === id));
  if (missing) throw new ProblemError("not_found", "There is no such agent in this studio.");
  const nameOf = (ids: string[]) => ids.map((id) => named.find((agent) => agent.id === id)!.name);
  const moved = await sql.begin(async (tx) => {
    if (job_id) {
      // Where a spot check's jobs run is nobody's choice, least of all of who owns the machine that it looks at.
      const [job] = await tx`
        select 1 from jobs where id = ${job_id} and project_id = ${project.id} and check_id is null`;
      if (!job) throw new ProblemError("not_found", `There is no job "${job_id}" in this project.`);
    }
    await tx`
      delete from agent_rules where project_id = ${project.id} and node_id is not distinct from ${
      node_id ?? null
    }::text
        and job_id is not distinct from ${job_id ?? null}::uuid`;
    await tx`
      insert into agent_rules (tenant_id, project_id, node_id, job_id, agent_id, tag, rule, set_by)
      select ${project.tenant_id}::uuid, ${project.id}::uuid, ${node_id ?? null}::text, ${
      job_id ?? null
    }::uuid, a.id, null,
        case when a.id = any(${only}::uuid[]) then 'only' else 'never' end, ${user.name}::text
      from agents a where a.id = any(${[...only, ...never]}::uuid[])
      union all
      select ${project.tenant_id}::uuid, ${project.id}::uuid, ${node_id ?? null}::text, ${
      job_id ?? null
    }::uuid, null, t.tag,
        case when t.tag = any(${only_tags}::text[]) then 'only' else 'never' end, ${user.name}::text
      from unnest(${[...new Set([...only_tags, ...never_tags])]}::text[]) t (tag)`;
    await checkLength(tx, project.id);
    await writeAudit(tx, {
      tenantId: project.tenant_id,
      who: user,
      what: "placement_changed",
      subject: { id: project.id, name: project.title },
      detail: {
        ...{ node_id, job_id, only: nameOf(only), never: nameOf(never) },
        ...{ only_tags, never_tags },
      },
    });
    const rows = await replace(tx, { projectId: project.id });
    if (job_id) {
      const [job] = await tx<JobRow[]>`select * from jobs where id = ${job_id}`;
      await tell(tx, job!, {
        kind: "placement",
        sentence: sentenceOf(
          user.name,
          [...nameOf(only), ...tagged(only_tags)],
          [...nameOf(never), ...tagged(never_tags)],
        ),
      });
    }
    return rows;
  }) as JobRow[];
  await announce(room, moved.map((job) => ({ job, previous: job.state })));
  return await placementOf(sql, project);
}

/** After the project's own setting changed, or an agent with rules was removed. */
export async function placeAgain(room: Room, projectId: string): Promise<void> {
  const moved = await replace(room.studio.db.sql, { projectId });
  await announce(room, moved.map((job) => ({ job, previous: job.state })));
}

/** An agent that was removed has no rules any more: nothing waits for it for ever. */
export async function forgetAgent(room: Room, agentId: string): Promise<void> {
  const rows = await room.studio.db.sql<{ project_id: string }[]>`
    delete from agent_rules where agent_id = ${agentId} returning project_id`;
  for (const id of new Set(rows.map((row) => row.project_id))) await placeAgain(room, id);
}

/** Characters of names: a place is part of the queue's index, whose rows have at most 2,704 bytes. About 43 machines. */
const MOST_NAMED = 1600;

/** What one job may be bound by at most: its own rules or its node's, and its project's. ProblemError unprocessable. */
async function checkLength(tx: Querier, projectId: string): Promise<void> {
  const [longest] = await tx<{ chars: number }[]>`
    with scopes as (
      select rule, node_id, job_id, sum(1 + length(coalesce(agent_id::text, '#' || tag))) as chars
      from agent_rules where project_id = ${projectId} group by 1, 2, 3
    )
    select (coalesce(max(chars) filter (where rule = 'only'), 0)
      + coalesce(max(chars) filter (where rule = 'never' and node_id is null and job_id is null), 0)
      + coalesce(max(chars) filter (where rule = 'never' and node_id is not null), 0)
      + coalesce(max(chars) filter (where rule = 'never' and job_id is not null), 0))::int as chars
    from scopes`;
  if (longest!.chars > MOST_NAMED) {
    throw new ProblemError(
      "unprocessable",
      "So many machines cannot be named one by one. Give them a tag under Fleet, and name the tag.",
    );
  }
}

function tagged(tags: string[]): string[] {
  return tags.map((tag) => `machines tagged ${tag}`);
}

function sentenceOf(who: string, only: string[], never: string[]): string {
  const parts = [
    ...(only.length ? [`on ${only.join(", ")} only`] : []),
    ...(never.length ? [`not on ${never.join(", ")}`] : []),
  ];
  return parts.length
    ? `${who} wants it ${parts.join(", and ")}.`
    : `${who} lets it run on any machine again.`;
}

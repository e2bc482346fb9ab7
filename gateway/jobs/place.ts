import { stricter, type Trust, trustAllows } from "../../shared/jobs/trust.ts";
import type { Querier } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { JobRow } from "./mod.ts";

/** Who may have a job, as `jobs.place` holds it. */
export interface Place {
  trust: Trust;
  only: string[];
  never: string[];
  /** Tags: any of them will do; absent: none are named. */
  only_tags?: string[];
  never_tags?: string[];
}

/** What a place asks of a machine. */
export interface Placed {
  id: string;
  trust: Trust;
  tags?: readonly string[];
}

export const ANYWHERE_TRUSTED = "trusted||";

export function parsePlace(place: string): Place {
  const [trust = "trusted", only = "", never = ""] = place.split("|");
  const named = (text: string) => text === "" ? [] : text.split(",");
  const ids = (text: string) => named(text).filter((name) => !name.startsWith("#"));
  const tags = (text: string) =>
    named(text).filter((name) => name.startsWith("#")).map((name) => name.slice(1));
  return {
    ...{ trust: trust as Trust, only: ids(only), never: ids(never) },
    ...(only.includes("#") ? { only_tags: tags(only) } : {}),
    ...(never.includes("#") ? { never_tags: tags(never) } : {}),
  };
}

/** By trust, by "run on" (one of these machines, or one with one of these tags) and by "not on". */
export function placeAllows(place: string, agent: Placed): boolean {
  const [trust, only = "", never = ""] = place.split("|");
  const names = namesOf(agent);
  const among = (text: string) => text.split(",").some((name) => names.includes(name));
  return trustAllows(agent.trust, trust as Trust) && (only === "" || among(only)) && !among(never);
}

/** As a place names a machine: its id, and each of its tags as `#tag`. */
export function namesOf({ id, tags = [] }: Pick<Placed, "id" | "tags">): string[] {
  return [id, ...tags.map((tag) => `#${tag}`)];
}

/**
 * The place of a job `j` of a project `p`, as SQL: trust is the stricter of the project's and the node's; "run on" of the job, else of
 * its node, else of its project; "not on" of all three together.
 */
export function placeOf(sql: Querier) {
  const name = sql`coalesce(r.agent_id::text, '#' || r.tag)`;
  const listed = (where: ReturnType<Querier>) =>
    sql`(select string_agg(${name}, ',' order by ${name}) from agent_rules r
        where r.project_id = j.project_id and ${where})`;
  const ofProject = sql`r.job_id is null and r.node_id is null`;
  const ofNode = sql`r.job_id is null and r.node_id = j.node_id`;
  const trusts = sql`array['own', 'trusted', 'anyone']`;
  return sql`(
    (${trusts})[least(array_position(${trusts}, p.trust), array_position(${trusts}, coalesce(j.sensitivity, 'anyone')))]
    || '|' || coalesce(
      ${listed(sql`r.rule = 'only' and r.job_id = j.id`)}, ${listed(sql`r.rule = 'only' and ${ofNode}`)},
      ${listed(sql`r.rule = 'only' and ${ofProject}`)}, '')
    || '|' || coalesce((
      select string_agg(distinct ${name}, ',' order by ${name}) from agent_rules r
      where r.project_id = j.project_id and r.rule = 'never'
        and (r.job_id = j.id or (${ofNode}) or (${ofProject}))), ''))`;
}

/** The place of a job that a node of a project would have now; a film without rules of its own (`ruled`) is not asked for them. */
export async function placeFor(
  q: Querier,
  job: {
    project: Pick<ProjectRow, "id" | "trust">;
    node_id: string | null;
    sensitivity?: Trust | null;
    ruled: boolean;
  },
): Promise<string> {
  const { project, node_id, sensitivity = null } = job;
  if (!job.ruled) return `${stricter(project.trust, sensitivity ?? "anyone")}||`;
  const [row] = await q<{ place: string }[]>`
    select ${placeOf(q)} as place
    from (select null::uuid as id, ${project.id}::uuid as project_id, ${node_id}::text as node_id,
      ${sensitivity}::text as sensitivity) j
    join projects p on p.id = j.project_id`;
  return row!.place;
}

/** Brings the places of a project's unfinished jobs, or of some of them, to what trust and rules say now. Returns those that moved. */
export async function replace(
  q: Querier,
  where: { projectId: string; jobIds?: string[] },
): Promise<JobRow[]> {
  return await q<JobRow[]>`
    update jobs set place = now.place
    from (
      select j.id, ${placeOf(q)} as place from jobs j join projects p on p.id = j.project_id
      where j.project_id = ${where.projectId}
        ${where.jobIds ? q`and j.id = any(${where.jobIds}::uuid[])` : q`and j.finished_at is null`}
    ) now
    where jobs.id = now.id and jobs.place is distinct from now.place
    returning jobs.*`;
}

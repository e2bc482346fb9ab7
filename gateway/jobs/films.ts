import type { Canvas } from "../../shared/api/project.ts";
import { MAIN } from "../../shared/project/branch.ts";
import type { CanvasKey } from "../canvas/mod.ts";
import type { Querier } from "../db/mod.ts";
import type { Plan } from "../plans/mod.ts";
import { noProject, projectColumns, type ProjectRow, requireOpen } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";

/** What a submission goes by: a film as it is now, on one of its branches. */
export interface Film {
  project: ProjectRow;
  graph: Canvas["graph"];
  /** Another one with each change of the canvas, also where a branch of that name was made anew. */
  stamp: string;
  /** The studio's. */
  plan: Plan;
  /** Rules say where its work runs. */
  ruled: boolean;
  /** Of the names under which it is asked for something now, those that it was asked under before. */
  asked: ReadonlySet<string>;
}

type FilmRow = ProjectRow & {
  plan: string | null;
  /** Null: there is no such canvas. */
  stamp: string | null;
  graph: Canvas["graph"] | null;
  ruled: boolean;
  asked: string[];
};

interface Kept {
  stamp: string;
  graph: Canvas["graph"];
}

/** Canvases that are kept, as they were when they were read last. */
const MOST_KEPT = 100;

export interface Films {
  /**
   * Of each of one studio's films what it is now, in one statement; or, in its place, why nothing can be asked of it. A canvas is sent only
   * when it has changed since this gateway read it.
   */
  read(tenantId: string, wanted: readonly CanvasKey[], askIds: readonly string[]): Promise<(Film | Error)[]>;
  /** Those of the films whose canvases have changed since they were read. */
  changed(films: readonly Film[]): Promise<Film[]>;
}

export function createFilms(studio: Studio): Films {
  const kept = new Map<string, Kept>();

  async function filmOf(
    { plan, stamp, graph, ruled, asked, ...row }: FilmRow,
    branch: string,
    known?: Kept,
  ): Promise<Film> {
    const project = requireOpen(branch === MAIN ? row : await studio.branches.at(row, branch));
    if (stamp === null) throw noProject();
    const canvas = graph ? { stamp, graph } : known!;
    const key = keyOf({ id: row.id, branch });
    kept.delete(key);
    kept.set(key, canvas);
    if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    return {
      project,
      ...canvas,
      plan: studio.plans.known(row.tenant_id, plan),
      ruled,
      asked: new Set(asked),
    };
  }

  return {
    async changed(films) {
      const { sql } = studio.db;
      const rows = await sql<{ nth: number }[]>`
        select read.nth::int from unnest(${films.map(({ project }) => project.id)}::uuid[], ${
        films.map(({ project }) => project.branch)
      }::text[], ${films.map(({ stamp }) => stamp)}::text[]) with ordinality as read (id, branch, stamp, nth)
        join canvases on canvases.project_id = read.id and canvases.branch = read.branch
        where ${stampOf(sql)} <> read.stamp`;
      return rows.map(({ nth }) => films[nth - 1]!);
    },
    async read(tenantId, wanted, askIds) {
      const { sql } = studio.db;
      const known = wanted.map((each) => kept.get(keyOf(each)));
      const rows = await sql<(FilmRow & { nth: number })[]>`
        select ${projectColumns(sql)}, wanted.nth::int, t.plan, c.stamp,
          case when c.stamp is distinct from wanted.known then c.graph end as graph,
          exists (select from agent_rules r where r.project_id = p.id and r.job_id is null) as ruled,
          array(
            select distinct j.ask_id from jobs j where j.project_id = p.id and j.ask_id = any(${askIds}::uuid[])) as asked
        from unnest(${wanted.map(({ id }) => id)}::uuid[], ${wanted.map(({ branch }) => branch)}::text[],
          ${
        known.map((canvas) => canvas?.stamp ?? null)
      }::text[]) with ordinality as wanted (id, branch, known, nth)
        join projects p on p.id = wanted.id and p.tenant_id = ${tenantId}
        join tenants t on t.id = p.tenant_id
        left join lateral (
          select ${stampOf(sql)} as stamp, graph from canvases
          where project_id = p.id and branch = wanted.branch) c on true`;
      const found = new Map(rows.map(({ nth, ...row }) => [nth, row]));
      return await Promise.all(wanted.map(async ({ branch }, at) => {
        const row = found.get(at + 1);
        return row ? await filmOf(row, branch, known[at]).catch((error) => error) : noProject();
      }));
    },
  };
}

const stampOf = (q: Querier) => q`canvases.version || '@' || canvases.xmin`;

export function keyOf({ id, branch }: CanvasKey): string {
  return `${id} ${branch}`;
}

import type { Sql } from "../db/mod.ts";
import { type Finding, type House, type Rules, WHOLE } from "./mod.ts";

/** Rows removed in one transaction: others must get their turn. */
const TOGETHER = 5000;

interface Kind {
  what: string;
  table: string;
  /** Of a row `r`; `$1` is an age in days. */
  where: string;
  days(rules: Rules): number;
}

const long = (rules: Rules) => rules.keepDays;
const short = (rules: Rules) => Math.ceil(rules.keepDays / 3);
const OLD = "now() - make_interval(days => $1)";

/** In this order: what refers to a job goes before the job. Takes and films keep theirs; usage and audit stay for ever. */
const KINDS: Kind[] = [
  {
    what: "lines of the stories of jobs that ended long ago",
    table: "job_events",
    where: `exists (select 1 from jobs j where j.id = r.job_id and j.finished_at < ${OLD})`,
    days: long,
  },
  {
    what: "last words of jobs that ended long ago",
    table: "job_logs",
    where: `exists (select 1 from jobs j where j.id = r.job_id and j.finished_at < ${OLD})`,
    days: long,
  },
  {
    what: "needs of jobs that ended long ago",
    table: "job_dependencies",
    where: `exists (select 1 from jobs j where j.id = r.job_id and j.finished_at < ${OLD})`,
    days: long,
  },
  {
    what: "jobs that failed or were cancelled long ago and made nothing",
    table: "jobs",
    // An hour older than its events and needs that have just gone: none of them can be left.
    where:
      `r.finished_at < now() - make_interval(days => $1, hours => 1) and r.state in ('failed', 'cancelled')
      and not exists (select 1 from takes t where t.job_id = r.id)
      and not exists (select 1 from exports e where e.job_id = r.id)
      and not exists (select 1 from job_dependencies d join jobs j on j.id = d.job_id
        where d.needs = r.id and (j.finished_at is null or j.finished_at >= ${OLD}))`,
    days: long,
  },
  {
    what: "jobs of spot checks that are long over",
    table: "jobs",
    where: `r.check_id is not null and r.finished_at < now() - make_interval(days => $1, hours => 1)
      and not exists (select 1 from job_events e where e.job_id = r.id)
      and not exists (select 1 from job_logs l where l.job_id = r.id)`,
    days: long,
  },
  {
    what: "changes that Git has held for long",
    table: "outbox",
    // The last of each project says that it has a history, whatever became of its repository.
    where: `r.done_at < ${OLD} and exists (
      select 1 from outbox l where l.project_id = r.project_id and l.done_at is not null and l.id > r.id)`,
    days: short,
  },
  {
    what: "pushes that are long on their canvas",
    table: "pushes",
    where: `r.absorbed_at < ${OLD}`,
    days: short,
  },
  {
    what: "sessions, links and tokens that ended long ago",
    table: "tokens",
    where: `least(r.expires_at, r.revoked_at) < ${OLD} and (r.kind <> 'agent' or r.revoked_at is not null)`,
    days: short,
  },
  {
    what: "notices that are old",
    table: "notices",
    where: `r.at < ${OLD}`,
    days: (rules) => 2 * rules.keepDays,
  },
];

/** Rows of work that is long over. The names are this file's own: nobody's text becomes SQL. */
export async function* oldRows({ db }: House, rules: Rules): AsyncGenerator<Finding> {
  for (const kind of KINDS) {
    const days = kind.days(rules);
    const count = rules.remove ? await prune(db.sql, kind, days) : await countOf(db.sql, kind, days);
    yield { about: WHOLE, what: `${kind.what} (${days} days)`, count, bytes: null, examples: [] };
  }
}

async function countOf(sql: Sql, { table, where }: Kind, days: number): Promise<number> {
  const [row] = await sql.unsafe<{ count: number }[]>(
    `select count(*)::int as count from ${table} r where ${where}`,
    [days] as never[],
  );
  return row!.count;
}

async function prune(sql: Sql, { table, where }: Kind, days: number): Promise<number> {
  for (let removed = 0;;) {
    const { count } = await sql.unsafe(
      `delete from ${table} where ctid = any(array(
         select r.ctid from ${table} r where ${where} limit ${TOGETHER} for update skip locked))`,
      [days] as never[],
    );
    removed += count;
    if (count < TOGETHER) return removed;
  }
}

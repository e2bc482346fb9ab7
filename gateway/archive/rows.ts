import { MAIN } from "../../shared/project/branch.ts";
import type { Querier, Tx } from "../db/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import { type Kind, LINES, type Row } from "./format.ts";

/** Rows read, and written, at once. */
const TOGETHER = 500;

type Stored = Exclude<Kind, "object">;

/**
 * Tables as an archive carries them: rows as they are, without whose they are. Their keys give the order of reading; `absent` is what
 * archives of before do not say.
 */
const TABLES: Record<
  Stored,
  {
    table: string;
    key: string[];
    only?: string;
    always?: Record<string, unknown>;
    absent?: Record<string, unknown>;
  }
> = {
  branch: { table: "branches", key: ["name"] },
  // What is still to be made belongs to this studio's agents.
  job: {
    table: "jobs",
    key: ["id"],
    only: "finished_at is not null and check_id is null",
    // Of a queue that it has left.
    always: { pool: "default", fair_key: 0 },
    absent: { branch: MAIN },
  },
  job_event: {
    table: "job_events",
    key: ["id"],
    only:
      "exists (select 1 from jobs j where j.id = job_id and j.finished_at is not null and j.check_id is null)",
  },
  take: { table: "takes", key: ["id"], absent: { branch: MAIN } },
  active_take: { table: "active_takes", key: ["branch", "node_id"], absent: { branch: MAIN } },
  take_counter: { table: "take_counters", key: ["shot", "version"] },
  export: {
    table: "exports",
    key: ["id"],
    only: "oid is not null",
    absent: { branch: MAIN, credits_frames: 0 },
  },
  asset: { table: "assets", key: ["id"] },
};

const columnsOf = (kind: Stored): string[] => Object.keys(LINES[kind].shape);

/** All rows of a kind, in order, some at a time. The names are this file's own: nobody's text becomes SQL. */
export async function* readRows<K extends Stored>(
  tx: Tx,
  project: Owner,
  kind: K,
): AsyncGenerator<Row<K>[]> {
  const { table, key, only = "true" } = TABLES[kind];
  const columns = columnsOf(kind).join(", ");
  const keys = key.join(", ");
  let after: unknown[] | null = null;
  for (;;) {
    const beyond = after ? `and (${keys}) > (${key.map((_, at) => `$${at + 3}`).join(", ")})` : "";
    const rows: { row: Row<K>; key: unknown[] }[] = await tx.unsafe(
      `select to_jsonb(r) - '{${key.map((name) => `key_${name}`).join(",")}}'::text[] as row,
         jsonb_build_array(${key.map((name) => `key_${name}`).join(", ")}) as key
       from (select ${columns}, ${key.map((name) => `${name} as key_${name}`).join(", ")} from ${table}
         where project_id = $1 and tenant_id = $2 and ${only} ${beyond}
         order by ${keys} limit ${TOGETHER}) r
       order by ${key.map((name) => `key_${name}`).join(", ")}`,
      [project.id, project.tenant_id, ...(after ?? [])] as never[],
    );
    if (rows.length) yield rows.map((each) => each.row);
    if (rows.length < TOGETHER) return;
    after = rows.at(-1)!.key;
  }
}

/** Rows of an archive as the project's own. */
export async function insertRows<K extends Stored>(
  tx: Tx,
  project: Owner,
  kind: K,
  rows: Row<K>[],
): Promise<void> {
  if (rows.length === 0) return;
  const { table, always = {}, absent = {} } = TABLES[kind];
  const more = { ...always, project_id: project.id, tenant_id: project.tenant_id };
  const owned = rows.map((row) => ({ ...absent, ...row, ...more }));
  const columns = [...columnsOf(kind), ...Object.keys(more)].join(", ");
  await tx.unsafe(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [tx.json(owned as never)] as never[],
  );
}

/** Which of these ids a table of any tenant has: one of them, and an archive's rows get new ones. */
export async function anyTaken(q: Querier, kind: "job" | "take" | "export" | "asset", ids: string[]) {
  const [row] = await q.unsafe(
    `select 1 from ${TABLES[kind].table} where id = any($1::uuid[]) limit 1`,
    [ids] as never[],
  );
  return row !== undefined;
}

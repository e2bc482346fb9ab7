import { MAIN } from "../../shared/project/branch.ts";
import type { Database, Querier } from "../db/mod.ts";
import type { Change, OutboxKind, OutboxWriters } from "./mod.ts";

/** Most rows that go into one commit: bounds its memory, and the time in which the project's lock is held. */
const BATCH = 200;
/** First key of the advisory locks of this room; the second is the project. */
const LOCK = 7_305_119;

interface OutboxRow {
  id: number;
  project_id: string;
  branch: string;
  kind: OutboxKind;
  subject: string | null;
  author: string;
}

/** Something that Git has yet to hold, in the transaction that decided it. Call `studio.git.wake()` after that has ended. */
export async function enqueue(
  q: Querier,
  row: {
    tenant_id: string;
    project_id: string;
    /** @default main */
    branch?: string;
    kind: OutboxKind;
    subject: string | null;
    author: string;
  },
): Promise<void> {
  await q`
    insert into outbox (tenant_id, project_id, branch, kind, subject, author)
    values (${row.tenant_id}, ${row.project_id}, ${
    row.branch ?? MAIN
  }, ${row.kind}, ${row.subject}, ${row.author})`;
}

/** Projects with something to commit, the longest-waiting first. */
export async function openProjects(q: Querier): Promise<string[]> {
  const rows = await q<{ project_id: string }[]>`
    select project_id from outbox where done_at is null group by project_id order by min(id)`;
  return rows.map((row) => row.project_id);
}

/** Branches of a project with something to commit, main first: what is made on others is told to main by merges alone. */
export async function openBranches(q: Querier, projectId: string): Promise<string[]> {
  const rows = await q<{ branch: string }[]>`
    select branch from outbox where project_id = ${projectId} and done_at is null
    group by branch order by branch <> 'main', min(id)`;
  return rows.map((row) => row.branch);
}

export interface DrainPass {
  /** `busy`: another gateway is at it. `resting`: the canvas is being changed right now. */
  outcome: "empty" | "more" | "busy" | "resting";
  /** The first row that its writer could not put into files; the others were committed. */
  failure?: unknown;
}

export interface DrainOptions {
  branch: string;
  /** Seconds without a change after which project.json is written; 0 at once. A take takes it along earlier. */
  quietS: number;
}

/** Seconds after which a canvas that never rests is written all the same. */
const LONGEST_S = 10;

export interface DrainTools {
  db: Database;
  writers: OutboxWriters;
  commit: (commit: { message: string; author: string; changes: Change[] }) => Promise<string | null>;
  head: () => Promise<string | null>;
  /** Told after the rows are closed; `began` is when their commit was begun, ms since 1970. */
  committed?: (rows: readonly { kind: OutboxKind; subject: string | null }[], began: number) => void;
}

/**
 * One pass over the open rows of a project's branch: their files in one commit, then the rows closed in one transaction. Dying between
 * the two is harmless: the next pass finds the files so already, makes no commit and closes the rows with the head.
 */
export async function drainOnce(
  tools: DrainTools,
  projectId: string,
  options: DrainOptions,
): Promise<DrainPass> {
  const pass = await tools.db.exclusively([LOCK, projectId], () => drainLocked(tools, projectId, options));
  return pass === "busy" ? { outcome: "busy" } : pass;
}

async function drainLocked(
  tools: DrainTools,
  projectId: string,
  { branch, quietS }: DrainOptions,
): Promise<DrainPass> {
  const { sql } = tools.db;
  const rows = await sql<OutboxRow[]>`
    select id, project_id, branch, kind, subject, author from outbox
    where project_id = ${projectId} and branch = ${branch} and done_at is null order by id limit ${BATCH}`;
  if (rows.length === 0) return { outcome: "empty" };
  if (quietS > 0 && await isBusyCanvas(tools.db, { projectId, branch }, quietS)) {
    return { outcome: "resting" };
  }
  const began = Date.now();
  // Read after the rows: what a writer sees now is at least as new as what they announced.
  const planned = await plan(tools, rows);
  if (planned.rows.length > 0) {
    const sha = planned.changes.length > 0
      ? await tools.commit(planned) ?? await tools.head()
      : await tools.head();
    await close(tools, planned.rows, sha ?? "");
    tools.committed?.(planned.rows, began);
  }
  if (planned.failure !== undefined) return { outcome: "more", failure: planned.failure };
  return { outcome: rows.length === BATCH ? "more" : "empty" };
}

/** Only project.json is to be written, and somebody is at it: one commit a moment after the last change is enough. */
async function isBusyCanvas(
  { sql }: Database,
  { projectId, branch }: { projectId: string; branch: string },
  quietS: number,
): Promise<boolean> {
  const [row] = await sql<{ busy: boolean }[]>`
    select bool_and(kind = 'manifest')
      and max(created_at) > now() - make_interval(secs => ${quietS})
      and min(created_at) > now() - make_interval(secs => ${Math.max(quietS, LONGEST_S)}) as busy
    from outbox where project_id = ${projectId} and branch = ${branch} and done_at is null`;
  return row!.busy;
}

interface Plan {
  rows: OutboxRow[];
  message: string;
  author: string;
  changes: Change[];
  failure?: unknown;
}

/** Many rows, one commit. Rows of the same subject are asked once; a row that fails stays open and holds up no other. */
async function plan(tools: DrainTools, rows: OutboxRow[]): Promise<Plan> {
  const ready: OutboxRow[] = [];
  const files = new Map<string, Change>();
  const messages: string[] = [];
  let failure: unknown;
  for (const group of bySubject(rows)) {
    const first = group[0]!;
    try {
      const written = await tools.writers[first.kind].changes(tools.db.sql, first);
      for (const change of written?.changes ?? []) files.set(change.path, change);
      if (written && !messages.includes(written.message)) messages.push(written.message);
      ready.push(...group);
    } catch (error) {
      failure ??= error;
    }
  }
  return { rows: ready, ...inWords(messages, ready), changes: [...files.values()], failure };
}

function bySubject(rows: OutboxRow[]): OutboxRow[][] {
  return [...Map.groupBy(rows, (row) => `${row.kind} ${row.subject ?? ""}`).values()];
}

/** One author when they are all the same person's; else the studio, with each named as git hosts read it. */
function inWords(messages: string[], rows: OutboxRow[]): { message: string; author: string } {
  const authors = [...new Set(rows.map((row) => row.author))];
  const [first = "Change files", ...others] = messages;
  const lines = others.length
    ? [`${first} and ${others.length} more`, "", ...messages.map((m) => `- ${m}`)]
    : [first];
  if (authors.length > 1) {
    lines.push(
      "",
      ...authors.map((name) => `Co-authored-by: ${name.replace(/\s+/g, " ")} <gateway@studio.invalid>`),
    );
  }
  return { message: lines.join("\n"), author: authors.length === 1 ? authors[0]! : "Studio" };
}

/** Closes the rows and tells their rooms, in one transaction; what those want said is said after it. */
async function close(tools: DrainTools, rows: OutboxRow[], sha: string): Promise<void> {
  const ids = rows.map((row) => row.id);
  const announcements: (() => void | Promise<void>)[] = [];
  await tools.db.sql.begin(async (tx) => {
    const closed = await tx<OutboxRow[]>`
      update outbox set done_at = now(), commit_sha = ${sha} where id = any(${ids}) and done_at is null
      returning id, project_id, branch, kind, subject, author`;
    for (const [first] of bySubject(closed.toSorted((a, b) => a.id - b.id))) {
      const after = await tools.writers[first!.kind].committed(tx, first!, sha);
      if (after) announcements.push(after);
    }
  });
  for (const announce of announcements) await announce();
}

import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { Take, TakeDetail } from "../../shared/api/work.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import type { TakeNumber } from "../../shared/takes/name.ts";
import type { z } from "zod";
import type { Querier, Sql, Tx } from "../db/mod.ts";
import type { Change, OutboxWriter } from "../git/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Reserved, Wanted } from "./reserve.ts";

export interface TakeRow {
  id: string;
  tenant_id: string;
  project_id: string;
  /** Where it was made: its files are committed there. */
  branch: string;
  node_id: string;
  shot: string;
  version: number;
  take: number;
  name: string;
  job_id: string;
  kind: "image" | "video";
  oid: string;
  size: number;
  extension: string;
  media: z.infer<typeof import("../../shared/agents/protocol.ts").MediaFacts>;
  poster_oid: string | null;
  proxy_oid: string | null;
  reel: string;
  timecode_start: number;
  path: string;
  tier_requested: string;
  tier: string;
  runner: string;
  sidecar: Record<string, unknown>;
  /** Its machine's other work turned out wrong. Null or absent: nothing speaks against it. */
  unverified?: { since: string; sentence: string } | null;
  committed_at: Date | null;
  created_at: Date;
}

export interface Takes {
  /** The next take number of a shot, in the transaction that makes the job; `count` numbers in a row. */
  reserve(
    tx: Tx,
    project: ProjectRow,
    shot: string,
    options: { count: number; versionUp: boolean },
  ): Promise<TakeNumber[]>;
  /**
   * Numbers, timecodes and serials of takes of one studio, in a transaction of its own, quickly; in the order of what was wanted. A job that
   * then comes to nothing gives its number back, or leaves a gap.
   */
  reserveTakes(sql: Sql, wanted: readonly Wanted[]): Promise<Reserved[]>;
  /** The same in the caller's transaction: what comes to nothing leaves no gap, and others of the film wait. */
  reserveTakesIn(tx: Tx, wanted: readonly Wanted[]): Promise<Reserved[]>;
  /** Numbers of one reservation that came to nothing, last one last: the shot's next ones again, unless others came after them. */
  giveBack(q: Querier, project: Pick<ProjectRow, "id">, numbers: readonly TakeNumber[]): Promise<void>;
  /** Embedded start timecodes, `frames` long each with a second between, unique in the project. Frames since 00:00:00:00. */
  reserveTimecode(tx: Tx, project: ProjectRow, frames: number, count: number): Promise<number[]>;
  /** A finished generation becomes a take: row, first one active, outbox row. Twice is a no-op that gives the same take. */
  record(tx: Tx, project: ProjectRow, job: JobRow, done: z.infer<typeof CompleteBody>): Promise<TakeRow>;
  /** After the transaction of record(): events, waking Git. */
  announce(take: TakeRow): Promise<void>;
  list(
    projectId: string,
    page: { cursor?: string; limit: number; node?: string; branch?: string },
  ): Promise<{ items: TakeRow[]; next?: string }>;
  /** Of each node its choice and its newest takes, newest first, and how many takes each has. */
  forScreen(
    project: Pick<ProjectRow, "id" | "branch">,
  ): Promise<{ rows: TakeRow[]; counts: Record<string, number> }>;
  find(projectId: string, takeId: string): Promise<TakeRow>;
  /** Every take of a project, oldest first, without its sidecar: what a cut list may name. */
  all(q: Querier, projectId: string): Promise<TakeRow[]>;
  /** The branch's choices. @param branch by default main */
  active(q: Querier, projectId: string, nodeIds: string[], branch?: string): Promise<Map<string, TakeRow>>;
  /** What each of these nodes has chosen on a branch by its project.json, where there are such takes. */
  chooseAsIn(tx: Tx, project: ProjectRow, choices: { node: string; name: string }[]): Promise<void>;
  /** Takes whose masters lie at these paths are the branch's from now on, too. */
  bring(q: Querier, project: Pick<ProjectRow, "id" | "branch">, paths: string[]): Promise<void>;
  /** Pointers and sidecars. */
  files(rows: TakeRow[]): Change[];
  /** The chosen take; event and outbox (project.json holds it). On the branch that the project is looked at on. */
  activate(project: ProjectRow, takeId: string, by: string, userId?: string): Promise<TakeRow>;
  /** `active` as of a branch, by default main. */
  view(rows: TakeRow[], branch?: string): Promise<z.infer<typeof Take>[]>;
  /** As screens are told of them. */
  told(rows: TakeRow[]): Promise<StudioEvent[]>;
  detail(row: TakeRow, branch?: string): Promise<z.infer<typeof TakeDetail>>;
  /** Commits pointer and sidecar. */
  outbox: OutboxWriter;
}

export type { Reserved, Wanted } from "./reserve.ts";
export { createTakes } from "./takes.ts";
export { takeRoutes } from "./routes.ts";

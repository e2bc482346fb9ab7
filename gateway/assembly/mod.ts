import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { Conform, ConformRequest, Export, SubmitRender } from "../../shared/api/work.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Tx } from "../db/mod.ts";
import type { OutboxWriter } from "../git/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { ListFormat } from "../../shared/film/mod.ts";
import type { CutList } from "./cut_list.ts";

export interface ExportRow {
  id: string;
  tenant_id: string;
  project_id: string;
  /** Whose canvas it was rendered from: its files are committed there. */
  branch: string;
  job_id: string;
  name: string;
  version: number;
  /** Of the film, with its end titles. */
  frames: number;
  credits_frames: number;
  /** One of FilmFormat; null for films of before it was kept. */
  format: string | null;
  edl: string;
  /** null until the agent has reported it. */
  oid: string | null;
  size: number | null;
  poster_oid: string | null;
  proxy_oid: string | null;
  path: string;
  edl_path: string;
  committed_at: Date | null;
  created_at: Date;
}

export interface Assembly {
  /** Compiles the assembler's chain to an EDL, or takes the body's own, and queues its render. ProblemError unprocessable names each shot that lacks a take or is trimmed outside it. */
  render(
    project: ProjectRow,
    user: UserPrincipal,
    body: z.infer<typeof SubmitRender>,
  ): Promise<{ job: JobRow; export: ExportRow }>;
  /** The list that render() would make now, as an editing program wants it. */
  cutList(
    project: ProjectRow,
    assembler: string,
    format: ListFormat,
  ): Promise<CutList>;
  /** What each format could not carry of it, as sentences. */
  carried(project: ProjectRow, assembler: string): Promise<{ format: ListFormat; not_carried: string[] }[]>;
  /** The list of a render, rewritten for an editing program; `cmx` is the text that the film was cut from. */
  cutListOf(project: ProjectRow, row: ExportRow, format: ListFormat): Promise<CutList>;
  /** What a cut list would change on the canvas; with `apply`, changes it. ProblemError unprocessable names the line. */
  conform(
    project: ProjectRow,
    user: UserPrincipal,
    assembler: string,
    body: z.infer<typeof ConformRequest>,
  ): Promise<Conform>;
  /** The rendered film, checked against its EDL. Twice is a no-op that gives the same export. */
  record(tx: Tx, project: ProjectRow, job: JobRow, done: z.infer<typeof CompleteBody>): Promise<ExportRow>;
  announce(row: ExportRow): Promise<void>;
  /** Rendered films, newest first; find() also gives one that is still to come. */
  list(
    projectId: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ items: ExportRow[]; next?: string }>;
  find(projectId: string, exportId: string): Promise<ExportRow>;
  view(rows: ExportRow[]): Promise<z.infer<typeof Export>[]>;
  /** Commits film pointer and EDL under 06_Exports/. */
  outbox: OutboxWriter;
}

export { createAssembly } from "./assembly.ts";
export { assemblyRoutes } from "./routes.ts";

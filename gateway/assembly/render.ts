import type { z } from "zod";
import type { SubmitRender } from "../../shared/api/work.ts";
import { EdlError, writeEdl } from "../../shared/edl/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { type AssembleSpec, DEFAULT_PRIORITY } from "../../shared/jobs/job.ts";
import { ASSEMBLE } from "../../shared/runners/manifest.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { JobRow, NewJob } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { chainOf, type Compiled, compileFilm } from "./compile.ts";
import type { ExportRow } from "./mod.ts";
import { filmName, versionName } from "./name.ts";
import { holdVersions, insertExport, nextVersion } from "./store.ts";

/** Queues the film as it stands on the canvas now; export, job and version are one transaction. */
export async function renderFilm(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitRender>,
): Promise<{ job: JobRow; export: ExportRow }> {
  const film = await compileNow(studio, project, body.assembler);
  const stem = filmName(project.title);
  const made = await studio.db.sql.begin(async (tx) => {
    await holdVersions(tx, project.id);
    const version = await nextVersion(tx, project.id, stem);
    const name = versionName(stem, version);
    const edl = textOf(film, name);
    const job = await studio.jobs.insert(tx, project, newJob(project, user, body, film, name, edl));
    const row = await insertExport(tx, {
      id: uuidv7(),
      tenant_id: project.tenant_id,
      project_id: project.id,
      job_id: job.id,
      name,
      version,
      frames: film.frames,
      edl,
      path: `06_Exports/${name}.mp4`,
      edl_path: `06_Exports/${name}.edl`,
    });
    await writeAudit(tx, {
      tenantId: project.tenant_id,
      who: user,
      what: "rendered",
      subject: { id: row.id, name },
      detail: { project: project.title },
    });
    return { job, export: row };
  }) as { job: JobRow; export: ExportRow };
  await studio.jobs.announce([made.job]);
  return made;
}

/** The list that a render would get now, under the name it would get. */
export async function previewEdl(
  studio: Studio,
  project: ProjectRow,
  assembler: string,
): Promise<{ name: string; edl: string; frames: number }> {
  const film = await compileNow(studio, project, assembler);
  const stem = filmName(project.title);
  const name = versionName(stem, await nextVersion(studio.db.sql, project.id, stem));
  return { name, edl: textOf(film, name), frames: film.frames };
}

async function compileNow(studio: Studio, project: ProjectRow, assembler: string): Promise<Compiled> {
  const { sql } = studio.db;
  const { graph } = await studio.canvas.read(sql, project.id);
  const shots = chainOf(graph, assembler);
  const active = await studio.takes.active(sql, project.id, shots.map((shot) => shot.id));
  return compileFilm(shots, active, project.fps, project.title);
}

function textOf(film: Compiled, name: string): string {
  try {
    return writeEdl({ ...film.timeline, title: name });
  } catch (cause) {
    if (!(cause instanceof EdlError)) throw cause;
    throw new ProblemError("unprocessable", cause.message, { cause });
  }
}

function newJob(
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitRender>,
  film: Compiled,
  name: string,
  edl: string,
): NewJob {
  const spec: AssembleSpec = {
    kind: "assemble",
    edl,
    edl_name: `${name}.edl`,
    name,
    fps: project.fps,
    width: project.width,
    height: project.height,
    inputs: film.takes.map((take) => ({
      name: take.reel,
      oid: take.oid,
      size: take.size,
      file_name: `${take.name}.${take.extension}`,
      timecode_start: take.timecode_start,
      frames: take.media.frames,
      kind: take.kind,
    })),
    title: project.title,
  };
  const bytes = film.takes.reduce((sum, take) => sum + take.size, 0);
  return {
    kind: "assemble",
    node_id: body.assembler,
    title: name,
    runner: ASSEMBLE,
    tier_requested: null,
    tier: null,
    fallback: null,
    capability: ASSEMBLE,
    vram_mb: 0,
    ram_mb: 0,
    // The takes, their pieces and the film; and a second of raw sound for each 24 frames.
    disk_mb: 256 + Math.ceil((bytes * 4 + film.frames * 8192) / 2 ** 20),
    priority: body.priority ?? DEFAULT_PRIORITY,
    // Two frames a second is a machine in trouble; ten minutes at least.
    max_run_s: Math.max(600, Math.ceil(film.frames / 2)),
    cost_s: Math.ceil(film.frames / 50),
    spec,
    take: null,
    created_by: user.name,
  };
}

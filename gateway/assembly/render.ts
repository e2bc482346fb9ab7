import type { z } from "zod";
import type { SubmitRender } from "../../shared/api/work.ts";
import { compileCut, type CutTake, parseEdl } from "../../shared/edl/mod.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { FILM_FORMATS, type FilmFormat } from "../../shared/jobs/film.ts";
import { type AssembleSpec, DEFAULT_PRIORITY } from "../../shared/jobs/job.ts";
import { type Rate, RATES } from "../../shared/time/rate.ts";
import { ASSEMBLE } from "../../shared/runners/manifest.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { JobRow, NewJob } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { assemblerOf, chainOf, type Compiled, compileFilm } from "./compile.ts";
import { listProblem } from "./conform.ts";
import { listText } from "./cut_list.ts";
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
  const film = body.edl === undefined
    ? await compileNow(studio, project, body.assembler)
    : await compileList(studio, project, body.assembler, body.edl);
  const stem = filmName(project.title);
  const made = await studio.db.sql.begin(async (tx) => {
    await holdVersions(tx, project.id);
    const version = await nextVersion(tx, project.id, stem);
    const name = versionName(stem, version);
    // Line ends as Git keeps them; else the list is as it came.
    const edl = body.edl?.replace(/\r\n?/g, "\n") ??
      listText({ ...film.timeline, title: name }, film.takes, "cmx");
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
      path: `06_Exports/${name}.${FILM_FORMATS[formatOf(body)].extension}`,
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

/** The film as it stands on the canvas. */
export async function compileNow(studio: Studio, project: ProjectRow, assembler: string): Promise<Compiled> {
  const { sql } = studio.db;
  const { graph } = await studio.canvas.read(sql, project.id);
  const node = assemblerOf(graph, assembler);
  const shots = chainOf(graph, node);
  const active = await studio.takes.active(sql, project.id, shots.map((shot) => shot.id));
  return compileFilm(shots, active, project.fps, project.title, node);
}

/** The film of a list by hand: any of the project's takes, found as the agent finds them. */
async function compileList(
  studio: Studio,
  project: ProjectRow,
  assembler: string,
  edl: string,
): Promise<Compiled> {
  const { sql } = studio.db;
  const rate = RATES[project.fps];
  assemblerOf((await studio.canvas.read(sql, project.id)).graph, assembler);
  const takes = (await studio.takes.all(sql, project.id)).map((row) => ({ ...cutTakeOf(row, rate), row }));
  try {
    const timeline = parseEdl(edl, rate);
    const cut = compileCut(timeline, takes);
    const used = cut.pieces.flatMap((piece) => piece.kind === "run" ? [piece.source] : [piece.from, piece.to])
      .concat(cut.sounds.map((sound) => ({ ...sound, event: timeline.events[0]! })))
      .flatMap(({ take }) => take ? [take.row] : []);
    return { timeline, frames: cut.frames, takes: [...new Set(used)] };
  } catch (cause) {
    throw listProblem(cause);
  }
}

function cutTakeOf(row: TakeRow, rate: Rate): CutTake {
  const [num, den] = (row.media.rate ?? "0/1").split("/").map(Number) as [number, number];
  const frames = num ? Math.floor((row.media.frames * rate.num * den) / (rate.den * num)) : 1;
  const still = row.kind === "image";
  return {
    reel: row.reel,
    name: row.name,
    still,
    frames: Math.max(1, frames),
    timecodeStart: row.timecode_start,
  };
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
    ...(project.pixel_aspect === "1:1" ? {} : { pixel_aspect: project.pixel_aspect }),
    ...(body.options ? { options: body.options } : {}),
  };
  const bytes = film.takes.reduce((sum, take) => sum + take.size, 0);
  const format = formatOf(body);
  const frameBytes = project.width * project.height * FILM_FORMATS[format].bytesPerPixel;
  // Encoding it all anew is several times the work.
  const slow = format !== "mp4-h264" || body.options?.burn_in ? 5 : 1;
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
    // The takes, their pieces, the film in its format; and a second of raw sound for each 24 frames.
    disk_mb: 256 + Math.ceil((bytes * 4 + film.frames * (8192 + frameBytes)) / 2 ** 20),
    priority: body.priority ?? DEFAULT_PRIORITY,
    // Two frames a second is a machine in trouble; ten minutes at least.
    max_run_s: Math.max(600, Math.ceil(film.frames / 2) * slow),
    cost_s: Math.ceil((film.frames * slow) / 50),
    spec,
    take: null,
    created_by: user.name,
  };
}

function formatOf(body: z.infer<typeof SubmitRender>): FilmFormat {
  return body.options?.format ?? "mp4-h264";
}

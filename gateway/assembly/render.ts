import type { z } from "zod";
import type { SubmitRender } from "../../shared/api/work.ts";
import { baseName, compileCut, type CutTake, parseEdl, soundReel, stemOf } from "../../shared/edl/mod.ts";
import type { FileRef } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { FILM_FORMATS } from "../../shared/jobs/film.ts";
import { type AssembleSpec, DEFAULT_PRIORITY } from "../../shared/jobs/job.ts";
import { type Rate, RATES } from "../../shared/time/rate.ts";
import { ASSEMBLE } from "../../shared/runners/manifest.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { giversOf } from "../credits/mod.ts";
import { askedOnce, type JobRow, type NewJob } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { givenFor } from "../usage/mod.ts";
import { assemblerOf, chainOf, type Compiled, compileFilm, framesAt } from "./compile.ts";
import { listProblem } from "./conform.ts";
import { listText } from "./cut_list.ts";
import { creditsOf, demandOf } from "./deliverable.ts";
import type { ExportRow } from "./mod.ts";
import { filmStem, versionName } from "./name.ts";
import { exportOfJob, holdVersions, insertExport, nextVersion } from "./store.ts";

/** Queues the film as it stands on the canvas now; export, job and version are one transaction. */
export function renderFilm(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitRender>,
): Promise<Queued> {
  return askedOnce(
    studio.db.sql,
    project,
    body.ask_id,
    async ([job]) => {
      const known = await exportOfJob(studio.db.sql, job!.id);
      if (known) return { job: job!, export: known };
      throw new ProblemError(
        "conflict",
        "Under this ask_id takes were asked for, and no film; make up a new one for each request.",
      );
    },
    () => renderNew(studio, project, user, body),
  );
}

interface Queued {
  job: JobRow;
  export: ExportRow;
}

async function renderNew(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitRender>,
): Promise<Queued> {
  const film = body.edl === undefined
    ? await compileNow(studio, project, body.assembler)
    : await compileList(studio, project, body.assembler, body.edl);
  const stem = filmStem(project);
  const format = body.options?.format ?? "mp4-h264";
  const given = body.options?.credits?.lenders
    ? await givenFor(studio.db.sql, film.takes.map((take) => take.job_id))
    : [];
  const givers = body.options?.credits?.lenders ? await giversOf(studio.db.sql, project.id) : [];
  const credits = creditsOf(project, body.options, film.takes, given, givers);
  const made = await studio.db.sql.begin(async (tx) => {
    await holdVersions(tx, project.id);
    const version = await nextVersion(tx, project.id, stem);
    const name = versionName(stem, version);
    // Line ends as Git keeps them; else the list is as it came.
    const edl = body.edl?.replace(/\r\n?/g, "\n") ??
      listText({ ...film.timeline, title: name }, { ...film, project }, "cmx");
    const job = await studio.jobs.insert(tx, project, newJob(project, user, body, film, name, edl, credits));
    const row = await insertExport(tx, {
      id: uuidv7(),
      tenant_id: project.tenant_id,
      project_id: project.id,
      branch: project.branch,
      job_id: job.id,
      name,
      version,
      frames: film.frames + (credits?.frames ?? 0),
      credits_frames: credits?.frames ?? 0,
      format,
      edl,
      path: `06_Exports/${name}.${FILM_FORMATS[format].extension}`,
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
  }) as Queued;
  await studio.jobs.announce([made.job]);
  return made;
}

/** The film as it stands on the canvas. */
export async function compileNow(studio: Studio, project: ProjectRow, assembler: string): Promise<Compiled> {
  const { sql } = studio.db;
  const { graph } = await studio.canvas.read(sql, project.id, project.branch);
  const node = assemblerOf(graph, assembler);
  const shots = chainOf(graph, node);
  const active = await studio.takes.active(sql, project.id, shots.map((shot) => shot.id), project.branch);
  const film = compileFilm(shots, active, project, node);
  await checkSounds(studio, project, film.sounds);
  return film;
}

/** ProblemError unprocessable names the sound files that the project does not hold. */
async function checkSounds(studio: Studio, project: ProjectRow, sounds: readonly FileRef[]): Promise<void> {
  const missing: string[] = [];
  for (const { oid, path } of sounds) {
    if (await studio.lfs.ready(studio.db.sql, project.id, oid) === null) missing.push(baseName(path));
  }
  if (!missing.length) return;
  throw new ProblemError(
    "unprocessable",
    `The project does not hold ${missing.join(", ")}; upload ${
      missing.length === 1 ? "it" : "them"
    } again under Audio, or take ${missing.length === 1 ? "it" : "them"} off the film's tracks.`,
  );
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
  assemblerOf((await studio.canvas.read(sql, project.id, project.branch)).graph, assembler);
  const files = await studio.assets.audio(sql, project.id);
  const takes = [
    ...(await studio.takes.all(sql, project.id)).map((row) => ({ ...cutTakeOf(row, rate), row })),
    ...files.map((file) => ({ ...soundTakeOf(file), file })),
  ];
  try {
    const timeline = parseEdl(edl, rate);
    const cut = compileCut(timeline, takes);
    const shown = cut.pieces.flatMap((piece) =>
      piece.kind === "run" ? [piece.source.take] : [piece.from.take, piece.to.take]
    );
    const used = new Set([...shown, ...cut.sounds.map((sound) => sound.take)]);
    return {
      timeline,
      frames: cut.frames,
      takes: [...used].flatMap((take) => take && "row" in take ? [take.row] : []),
      sounds: [...used].flatMap((take) => take && "file" in take ? [take.file] : []),
    };
  } catch (cause) {
    throw listProblem(cause);
  }
}

function cutTakeOf(row: TakeRow, rate: Rate): CutTake {
  return {
    reel: row.reel,
    name: row.name,
    still: row.kind === "image",
    frames: framesAt(row, rate),
    timecodeStart: row.timecode_start,
  };
}

/** A sound file counts from 0, and is silent past its end. */
function soundTakeOf({ oid, path }: FileRef): CutTake {
  const name = stemOf(baseName(path));
  return { reel: soundReel(oid), name, still: false, audio: true, frames: 0, timecodeStart: 0 };
}

function newJob(
  project: ProjectRow,
  user: UserPrincipal,
  body: z.infer<typeof SubmitRender>,
  film: Compiled,
  name: string,
  edl: string,
  credits: AssembleSpec["credits"] | null,
): NewJob {
  const spec: AssembleSpec = {
    kind: "assemble",
    edl,
    edl_name: `${name}.edl`,
    name,
    fps: project.fps,
    width: project.width,
    height: project.height,
    inputs: [
      ...film.takes.map((take) => ({
        name: take.reel,
        oid: take.oid,
        size: take.size,
        file_name: `${take.name}.${take.extension}`,
        timecode_start: take.timecode_start,
        frames: take.media.frames,
        kind: take.kind,
      })),
      ...film.sounds.map(({ oid, size, path }) => ({
        ...{ name: soundReel(oid), oid, size, file_name: baseName(path) },
        ...{ timecode_start: 0, frames: 0, kind: "audio" as const },
      })),
    ],
    title: project.title,
    ...(project.pixel_aspect === "1:1" ? {} : { pixel_aspect: project.pixel_aspect }),
    ...(body.options ? { options: body.options } : {}),
    ...(credits ? { credits } : {}),
  };
  const bytes = [...film.takes, ...film.sounds].reduce((sum, each) => sum + each.size, 0);
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
    ...demandOf(project, body.options, film, bytes),
    priority: body.priority ?? DEFAULT_PRIORITY,
    spec,
    take: null,
    created_by: user.name,
    ...(body.ask_id ? { ask: { id: body.ask_id, nth: 0 } } : {}),
  };
}

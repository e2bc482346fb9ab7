import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { FILM_FORMATS, type FilmFormat } from "../../shared/jobs/film.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { Tx } from "../db/mod.ts";
import { enqueue } from "../git/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { formatOfExport } from "./deliverable.ts";
import type { ExportRow } from "./mod.ts";
import { exportOfJob, fillExport } from "./store.ts";

type Done = z.infer<typeof CompleteBody>;

/** A finished render becomes the export that was reserved for it, and goes to Git. */
export async function recordFilm(tx: Tx, project: ProjectRow, job: JobRow, done: Done): Promise<ExportRow> {
  const row = await exportOfJob(tx, job.id);
  if (!row) throw new Error(`Job ${job.id} renders no export`);
  if (row.oid !== null) return row;
  const fault = faultOf(row, project, done);
  if (fault) {
    throw new ProblemError("unprocessable", `${row.name} is not the film that was asked for: ${fault}.`);
  }
  const filled = await fillExport(tx, row.id, {
    oid: done.file.oid,
    size: done.file.size,
    poster_oid: done.poster?.oid ?? null,
    proxy_oid: done.proxy?.oid ?? null,
  });
  await enqueue(tx, {
    tenant_id: project.tenant_id,
    project_id: project.id,
    branch: row.branch,
    kind: "export",
    subject: row.id,
    author: job.created_by ?? "Studio",
  });
  return filled;
}

/** What tells formats of the same ending apart. */
const CODECS: Partial<Record<FilmFormat, string>> = {
  "mp4-h264": "h264",
  "mp4-h265": "hevc",
  "mov-prores": "prores",
  "mov-dnxhr": "dnxhd",
  "mov-dnxhr-hq": "dnxhd",
};

function faultOf(row: ExportRow, project: ProjectRow, { media, file }: Done): string | null {
  const { extension, label, runs } = FILM_FORMATS[formatOfExport(row)];
  if (media.format !== extension || file.extension !== extension) {
    return `it is ${media.format}, not ${label}; an older agent made it, update that`;
  }
  if (!runs) return null;
  if (media.frames !== row.frames) {
    return `it has ${media.frames} frames, and its EDL adds up to ${row.frames}`;
  }
  const codec = CODECS[formatOfExport(row)];
  if (codec !== undefined && media.codec !== undefined && media.codec !== codec) {
    return `it is encoded as ${media.codec}, not ${label}; an older agent made it, update that`;
  }
  const { num, den } = RATES[project.fps];
  const [n, d] = (media.rate ?? "0/1").split("/").map(Number);
  // WebM counts in milliseconds and rounds; 23.976 and 24 are a thousandth apart.
  if (!(Math.abs((n! * den) / (num * d!) - 1) < 0.0002)) {
    return `it runs at ${media.rate} frames a second, and the project at ${project.fps}`;
  }
  if (media.width !== project.width || media.height !== project.height) {
    return `it is ${media.width} x ${media.height}, and the project ${project.width} x ${project.height}`;
  }
  return null;
}

import { type EdlProfile, parseEdl, type Timeline, writeEdl } from "../../shared/edl/mod.ts";
import { type Media, writeOtio } from "../../shared/otio/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { listProblem } from "./conform.ts";
import type { ExportRow } from "./mod.ts";
import { filmName, versionName } from "./name.ts";
import { compileNow } from "./render.ts";
import { nextVersion } from "./store.ts";

export type ListFormat = EdlProfile | "otio";

/** The list that a render would get now, under the name it would get. */
export async function cutList(
  studio: Studio,
  project: ProjectRow,
  assembler: string,
  format: ListFormat,
): Promise<{ name: string; text: string }> {
  const film = await compileNow(studio, project, assembler);
  const stem = filmName(project.title);
  const name = versionName(stem, await nextVersion(studio.db.sql, project.id, stem));
  return { name, text: listText({ ...film.timeline, title: name }, film.takes, format) };
}

/** A render's list in another form; `cmx` is the very text that the film was cut from. */
export async function cutListOf(
  studio: Studio,
  project: ProjectRow,
  row: ExportRow,
  format: ListFormat,
): Promise<{ name: string; text: string }> {
  if (format === "cmx") return { name: row.name, text: row.edl };
  const timeline = parseEdl(row.edl, RATES[project.fps]);
  const takes = await studio.takes.all(studio.db.sql, project.id);
  return { name: row.name, text: listText(timeline, takes, format) };
}

/** Throws ProblemError unprocessable for what the format cannot say. */
export function listText(timeline: Timeline, takes: readonly TakeRow[], format: ListFormat): string {
  if (format === "otio") {
    const media = takes.map((take) => [take, mediaOf(take)] as const);
    const byName = media.map(([take, each]) => [take.name, each] as const);
    try {
      return writeOtio(
        timeline,
        new Map([...byName, ...media.map(([take, each]) => [take.reel, each] as const)]),
      );
    } catch (cause) {
      throw listProblem(cause);
    }
  }
  const files = new Map(takes.map((take) => [take.name, `${take.name}.${take.extension}`]));
  try {
    return writeEdl(timeline, { profile: format, fileOf: (clip) => files.get(clip) ?? clip });
  } catch (cause) {
    throw listProblem(cause);
  }
}

function mediaOf(take: TakeRow): Media {
  return {
    name: take.name,
    path: take.path,
    take_id: take.id,
    oid: take.oid,
    available: take.kind === "image"
      ? null
      : { in: take.timecode_start, out: take.timecode_start + take.media.frames },
  };
}

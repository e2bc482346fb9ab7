import { baseName, parseEdl, soundReel, stemOf, type Timeline, writeEdl } from "../../shared/edl/mod.ts";
import { writeFcpxml } from "../../shared/fcpxml/mod.ts";
import { LIST_FORMATS, type ListFormat, notCarried } from "../../shared/film/mod.ts";
import { type Media, writeOtio } from "../../shared/otio/mod.ts";
import type { FileRef } from "../../shared/canvas/graph.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { TakeRow } from "../takes/mod.ts";
import { listProblem } from "./conform.ts";
import type { ExportRow } from "./mod.ts";
import { filmStem, versionName } from "./name.ts";
import { compileNow } from "./render.ts";
import { nextVersion } from "./store.ts";

/** A list, and what its format could not carry. */
export interface CutList {
  name: string;
  text: string;
  not_carried: string[];
}

/** The list that a render would get now, under the name it would get. */
export async function cutList(
  studio: Studio,
  project: ProjectRow,
  assembler: string,
  format: ListFormat,
): Promise<CutList> {
  const film = await compileNow(studio, project, assembler);
  const stem = filmStem(project);
  const name = versionName(stem, await nextVersion(studio.db.sql, project.id, stem));
  const timeline = { ...film.timeline, title: name };
  const text = listText(timeline, { ...film, project }, format);
  return { name, text, not_carried: notCarried(timeline, format) };
}

/** What each format could not carry of the film as it is. */
export async function carriedNow(studio: Studio, project: ProjectRow, assembler: string) {
  const { timeline } = await compileNow(studio, project, assembler);
  return LIST_FORMATS.map((format) => ({ format, not_carried: notCarried(timeline, format) }));
}

/** A render's list in another form; `cmx` is the very text that the film was cut from. */
export async function cutListOf(
  studio: Studio,
  project: ProjectRow,
  row: ExportRow,
  format: ListFormat,
): Promise<CutList> {
  const timeline = parseEdl(row.edl, RATES[project.fps]);
  const not_carried = notCarried(timeline, format);
  if (format === "cmx") return { name: row.name, text: row.edl, not_carried };
  const takes = await studio.takes.all(studio.db.sql, project.id);
  const sounds = await studio.assets.audio(studio.db.sql, project.id);
  return { name: row.name, text: listText(timeline, { takes, sounds, project }, format), not_carried };
}

export interface ListSources {
  takes: readonly TakeRow[];
  sounds: readonly FileRef[];
  project: Pick<ProjectRow, "width" | "height" | "pixel_aspect">;
}

/** Throws ProblemError unprocessable for what the format cannot say. */
export function listText(timeline: Timeline, sources: ListSources, format: ListFormat): string {
  const { takes, project } = sources;
  try {
    if (format === "otio") return writeOtio(timeline, mediaOf(sources));
    if (format === "fcpxml") return writeFcpxml(timeline, mediaOf(sources), project);
    const files = new Map(takes.map((take) => [take.name, `${take.name}.${take.extension}`]));
    return writeEdl(timeline, { profile: format, fileOf: (clip) => files.get(clip) ?? clip });
  } catch (cause) {
    throw listProblem(cause);
  }
}

/** The files by reel, and by name for lists by hand. */
function mediaOf({ takes, sounds }: ListSources): Map<string, Media> {
  const media = [
    ...takes.map((take) => [take.reel, ofTake(take)] as const),
    ...sounds.map((file) => [soundReel(file.oid), ofSound(file)] as const),
  ];
  return new Map([...media.map(([, each]) => [each.name, each] as const), ...media]);
}

function ofTake(take: TakeRow): Media {
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

/** How long it is knows only who opens it. */
function ofSound({ path, oid }: FileRef): Media {
  return { name: stemOf(baseName(path)), path, oid, available: null, kind: "audio" };
}

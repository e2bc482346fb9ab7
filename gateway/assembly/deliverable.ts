import { creditsFrames, MOST_LINES } from "../../shared/jobs/credits.ts";
import { CREDIT, creditText } from "../../shared/jobs/price.ts";
import { FILM_FORMATS, type FilmFormat, filmFormatOf, type RenderOptions } from "../../shared/jobs/film.ts";
import type { AssembleSpec } from "../../shared/jobs/job.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TakeRow } from "../takes/mod.ts";
import type { Compiled } from "./compile.ts";
import type { ExportRow } from "./mod.ts";

/** Letters of a line of end titles. */
const LONGEST_LINE = 120;

/** What the film of an export is delivered as; those of before the format was kept say it by their ending. */
export function formatOfExport({ format, path }: Pick<ExportRow, "format" | "path">): FilmFormat {
  return format !== null && format in FILM_FORMATS ? format as FilmFormat : filmFormatOf(path);
}

/**
 * The end titles that a render asks for: the film's title, the text line by line, and who gave the machines that made its takes
 * (`given`, seconds of work) or, where nobody lent any, the machines; then who gave credits to the film (`givers`), but for those who want no
 * name. A still has none. ProblemError unprocessable when there are more lines than are rolled.
 */
export function creditsOf(
  project: Pick<ProjectRow, "title" | "fps">,
  options: RenderOptions | undefined,
  takes: readonly Pick<TakeRow, "sidecar">[],
  given: readonly { name: string | null; seconds: number }[] = [],
  givers: readonly { name: string | null; amount: number }[] = [],
): NonNullable<AssembleSpec["credits"]> | null {
  if (!options?.credits || !FILM_FORMATS[options.format].runs) return null;
  const text = options.credits.text.split(/\r\n?|\n/).map((line) => line.trim().slice(0, LONGEST_LINE));
  while (text.length && text.at(-1) === "") text.pop();
  // By the ledger; of films from before it knew names, by what lies beside the takes.
  const lenders = !options.credits.lenders
    ? []
    : given.length
    ? given.flatMap(({ name, seconds }) =>
      name === null ? [] : [`${name.slice(0, 80)}, ${cardTime(seconds)}`]
    )
    : lendersOf(takes);
  const thanked = options.credits.lenders
    ? givers.flatMap(({ name, amount }) =>
      name === null ? [] : [`${name.slice(0, 80)}, ${creditsText(amount)}`]
    )
    : [];
  const lines = [
    project.title.slice(0, LONGEST_LINE),
    ...(text.length ? ["", ...text] : []),
    ...(lenders.length ? ["", "Made on machines lent by", ...lenders] : []),
    ...(thanked.length ? ["", "With credits given by", ...thanked] : []),
  ];
  if (lines.length > MOST_LINES) {
    throw new ProblemError(
      "unprocessable",
      `The end titles have ${lines.length} lines and ${MOST_LINES} are the most that roll; shorten their text.`,
    );
  }
  return { lines, frames: creditsFrames(lines.length, RATES[project.fps]) };
}

/** "3.2 hours", "12 minutes" */
function cardTime(seconds: number): string {
  if (seconds >= 5400) return `${(seconds / 3600).toFixed(1)} hours`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

function creditsText(amount: number): string {
  return amount === CREDIT ? "1 credit" : `${creditText(amount)} credits`;
}

/** Names of the machines by what they made of the film, most first. */
function lendersOf(takes: readonly Pick<TakeRow, "sidecar">[]): string[] {
  const made = new Map<string, number>();
  for (const { sidecar: { agent } } of takes) {
    if (typeof agent === "string" && agent !== "") made.set(agent, (made.get(agent) ?? 0) + 1);
  }
  return [...made].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) =>
    name.slice(0, LONGEST_LINE)
  );
}

/** What a render asks of the agent that takes it: MiB of disk, seconds it may take, and those that it should. */
export function demandOf(
  { width, height }: Pick<ProjectRow, "width" | "height">,
  options: RenderOptions | undefined,
  film: Pick<Compiled, "frames" | "timeline">,
  inputBytes: number,
): { disk_mb: number; max_run_s: number; cost_s: number } {
  const format = options?.format ?? "mp4-h264";
  const { bytesPerPixel, runs } = FILM_FORMATS[format];
  const frameBytes = runs ? width * height * bytesPerPixel : 0;
  // Encoding it all anew is several times the work of cutting it, and some encoders are slower than others.
  const anew = format !== "mp4-h264" || options?.burn_in || options?.watermark !== undefined;
  const slow = !runs ? 0.2 : anew ? (format === "mp4-h265" || format === "webm" ? 8 : 5) : 1;
  return {
    // The takes, and the film twice: in its segments and joined. A second of raw sound for each 24 frames, twice.
    disk_mb: 256 + Math.ceil((inputBytes * 2 + film.frames * (runs ? 2 * (8192 + frameBytes) : 0)) / 2 ** 20),
    // Two frames a second is a machine in trouble; ten minutes at least.
    max_run_s: Math.max(600, Math.ceil((film.frames / 2) * Math.max(1, slow))),
    cost_s: Math.ceil((film.frames * slow) / 50),
  };
}

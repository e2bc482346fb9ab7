import { openHistory } from "../history/log.ts";
import { sumOf, type Totals } from "../history/totals.ts";
import { outcomeWords } from "../page/words.js";
import { COMPARE } from "../../shared/jobs/compare.ts";
import { ASSEMBLE } from "../../shared/runners/manifest.ts";
import { clock, printable } from "../terminal.ts";

/** Lines of single jobs; the sums below them are of everything. */
const LATEST = 50;

/** What was done for whom: the latest jobs, then totals by month and project. */
export async function history(dataDir: string, options: { print(text: string): void }): Promise<number> {
  const { print } = options;
  const log = openHistory(dataDir);
  const lines = await log.since(new Date(0));
  if (lines.length === 0) print("Nothing was done here yet.");
  else print(`The latest ${Math.min(LATEST, lines.length)} of ${lines.length} jobs`);
  for (const line of lines.slice(-LATEST)) {
    const runner = line.runner === ASSEMBLE
      ? "film"
      : line.runner === COMPARE
      ? "comparison"
      : line.runner ?? "";
    const what = [line.title, line.project, runner].filter(Boolean).map(printable).join(" · ");
    const bytes = `${size(line.bytes_down ?? 0)} down, ${size(line.bytes_up ?? 0)} up`;
    print(
      `  ${stamp(line.at)}  ${outcomeWords(line.outcome).padEnd(23)}  ${what}  ${
        clock(line.seconds)
      }  ${bytes}`,
    );
  }
  for (const [month, projects] of Object.entries(await log.months())) {
    print(`\n${month}: ${sentence(sumOf(projects))}`);
    const ordered = Object.entries(projects).toSorted(([, a], [, b]) => b.seconds - a.seconds);
    for (const [project, of] of ordered) print(`  ${printable(project)}: ${sentence(of)}`);
  }
  return 0;
}

function sentence({ done, ended, seconds, bytes_down, bytes_up }: Totals): string {
  const other = ended > done ? ` (${ended - done} not finished)` : "";
  return `${done} done${other}, ${clock(seconds)} of work, ${size(bytes_down)} down, ${size(bytes_up)} up`;
}

/** By this machine's clock: "2026-11-30 21:07". */
function stamp(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

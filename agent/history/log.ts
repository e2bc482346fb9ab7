import { join } from "@std/path";
import { z } from "zod";
import { appendLine, readLines } from "../json_lines.ts";
import { addTotals, Months, totals } from "./totals.ts";

/** One line of `history.jsonl`: a lease that has ended. Lines of earlier versions lack what is optional. */
export const Finished = z.object({
  /** When it ended, ISO 8601 UTC. */
  at: z.string(),
  job_id: z.string(),
  title: z.string(),
  project: z.string(),
  project_id: z.string().optional(),
  /** Runner's id, or `assemble`. */
  runner: z.string().optional(),
  outcome: z.string(),
  seconds: z.number(),
  /** Bytes of its inputs, and of what was uploaded. */
  bytes_down: z.number().optional(),
  bytes_up: z.number().optional(),
});
export type Finished = z.infer<typeof Finished>;

/** Bytes of `history.jsonl` after which it becomes `history.jsonl.old`: some 12,000 jobs; both are read. */
const LONGEST = 4_000_000;

/** What was done for whom, append-only. Lines that go for good live on in `history-months.json` as sums. */
export interface HistoryLog {
  /** Never rejects: a full disk costs a line, not a take. */
  append(line: Finished): Promise<void>;
  since(date: Date): Promise<Finished[]>;
  /** By month ("2026-11"), of all that was ever done, newest first. */
  months(): Promise<Months>;
}

export function openHistory(dataDir: string, longest = LONGEST): HistoryLog {
  const path = join(dataDir, "history.jsonl");
  const old = `${path}.old`;
  const sums = join(dataDir, "history-months.json");
  let writing = Promise.resolve();

  async function append(line: Finished): Promise<void> {
    const size = await Deno.stat(path).then((info) => info.size, () => 0);
    if (size > longest) {
      const before = await readLines(old, Finished);
      if (before.length > 0) {
        await replace(sums, JSON.stringify(addTotals(await readSums(sums), totals(before))));
      }
      await Deno.rename(path, old);
    }
    await appendLine(path, line);
  }
  return {
    append(line) {
      // One after another: two slots may end at once, and the file is moved by one of them.
      writing = writing.then(() => append(line)).catch(() => {});
      return writing;
    },
    async since(date) {
      const lines = [...await readLines(old, Finished), ...await readLines(path, Finished)];
      return lines.filter(({ at }) => new Date(at) >= date);
    },
    async months() {
      const lines = [...await readLines(old, Finished), ...await readLines(path, Finished)];
      return addTotals(await readSums(sums), totals(lines));
    },
  };
}

/** Bytes up and down of these jobs together. */
export function bytesOf(lines: readonly Finished[]): number {
  return lines.reduce((sum, line) => sum + (line.bytes_down ?? 0) + (line.bytes_up ?? 0), 0);
}

async function readSums(path: string): Promise<Months> {
  const parsed = Months.safeParse(parse(await Deno.readTextFile(path).catch(() => "")));
  return parsed.success ? parsed.data : {};
}

async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { z } from "zod";
import type { Finished } from "./log.ts";

const Totals = z.object({
  /** Jobs whose result the studio has, and all that ended. */
  done: z.number(),
  ended: z.number(),
  seconds: z.number(),
  bytes_down: z.number(),
  bytes_up: z.number(),
});
export type Totals = z.infer<typeof Totals>;

/** By month ("2026-11", by this machine's calendar), then by project's title. */
export const Months = z.record(z.string(), z.record(z.string(), Totals));
export type Months = z.infer<typeof Months>;

export function totals(lines: readonly Finished[]): Months {
  const months: Months = {};
  for (const line of lines) {
    const of = (months[monthOf(line.at)] ??= {})[line.project] ??= none();
    add(of, {
      done: line.outcome === "succeeded" ? 1 : 0,
      ended: 1,
      seconds: line.seconds,
      bytes_down: line.bytes_down ?? 0,
      bytes_up: line.bytes_up ?? 0,
    });
  }
  return months;
}

/** Both together, newest month first. */
export function addTotals(a: Months, b: Months): Months {
  const months: Months = {};
  for (const month of [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted().reverse()) {
    const projects = months[month] = {} as Months[string];
    for (const from of [a, b]) {
      for (const [project, of] of Object.entries(from[month] ?? {})) add(projects[project] ??= none(), of);
    }
  }
  return months;
}

export function sumOf(projects: Months[string]): Totals {
  const sum = none();
  for (const of of Object.values(projects)) add(sum, of);
  return sum;
}

function none(): Totals {
  return { done: 0, ended: 0, seconds: 0, bytes_down: 0, bytes_up: 0 };
}

function add(to: Totals, from: Totals): void {
  for (const key of Object.keys(to) as (keyof Totals)[]) to[key] += from[key];
}

function monthOf(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
}

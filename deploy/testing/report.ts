import type { Batch } from "./batches.ts";

/** What a report says of one test file. */
export interface FileReport {
  file: string;
  passed: number;
  failed: number;
  skipped: number;
  /** What its tests took; their steps are part of them. */
  seconds: number;
}

/** A process that ran some test files. */
export interface Ran {
  batch: Batch;
  ok: boolean;
  reports: FileReport[];
}

/** Reads a JUnit report as `deno test` writes it. A file that could not be loaded is in none. */
export function readReport(xml: string): FileReport[] {
  return xml.split("<testsuite ").slice(1).map((suite) => {
    const [head, ...tests] = suite.split("<testcase ").map((part) => part.slice(0, part.indexOf(">")));
    const of = (name: string) => Number(attribute(head!, name) ?? 0);
    const [failed, skipped] = [of("failures") + of("errors"), of("disabled")];
    const whole = tests.filter((test) => !attribute(test, "name")?.includes(" &gt; "));
    return {
      file: attribute(head!, "name")!.replace(/^\.\//, ""),
      passed: of("tests") - failed - skipped,
      failed,
      skipped,
      seconds: whole.reduce((sum, test) => sum + Number(attribute(test, "time") ?? 0), 0),
    };
  });
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
}

/** The files in which something failed; when the process failed by itself, those that it says nothing of. */
export function failedIn({ batch, ok, reports }: Ran): string[] {
  if (ok) return [];
  const failed = reports.filter((each) => each.failed).map((each) => each.file);
  if (failed.length) return failed;
  const unsaid = batch.files.filter((file) => !reports.some((each) => each.file === file));
  return unsaid.length ? unsaid : batch.files;
}

/** Those that took longest, a line each. */
export function slowest(reports: readonly FileReport[], count = 12): string[] {
  return reports.toSorted((a, b) => b.seconds - a.seconds).slice(0, count).map(({ file, seconds }) =>
    `${seconds.toFixed(1).padStart(7)}  ${file}`
  );
}

import { join, relative } from "@std/path";
import { findGoProgram, GIT_LFS_SERVER_TEST, VERSITY_GATEWAY } from "./go_program.ts";
import { startPostgres } from "./postgres.ts";
import { findValidators } from "./validators.ts";

/**
 * `deno task test [path …]`: fmt, lint and types; then every test against a real PostgreSQL, and the gateway's, and the backup's, once more on the
 * embedded database. A file that fails is run once more by itself, when nothing else runs; if it passes then, it counts, and is named as flaky
 * at the end, so that one hiccup of a shared machine does not hide behind a rerun of everything.
 */

const ROOT = join(import.meta.dirname!, "..", "..");
/** Rooms whose tests need a database: the same tests run on both. */
const ON_BOTH = ["gateway", "deploy/backup"];

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** Files with a failure, or that could not be loaded. */
  failedFiles: string[];
}

if (import.meta.main) {
  const paths = Deno.args.length ? Deno.args : ["gateway", "agent", "ui", "shared", "deploy"];
  const whole = Deno.args.length === 0;
  // A few minutes of compiling on a machine that has never run them; the tests that need them come late.
  const building = whole
    ? Promise.all([findGoProgram(VERSITY_GATEWAY), findGoProgram(GIT_LFS_SERVER_TEST), findValidators()])
    : null;
  if (whole) {
    heading("fmt, lint, types");
    if (!await deno(["task", "check"])) Deno.exit(1);
  }
  heading("the canvas is built");
  if (!await deno(["run", "-A", "ui/build.ts"])) Deno.exit(1);

  const total = { passed: 0, failed: 0, skipped: 0 };
  const flaky: string[] = [];
  {
    await using server = await startPostgres();
    const onServer = { TEST_DATABASE_URL: server.url };
    const runs: Run[] = await inTurn(
      whole
        ? [
          { name: "on PostgreSQL", paths, env: onServer },
          { name: "on the embedded database", paths: ON_BOTH, env: {} },
        ]
        : [{ name: "on PostgreSQL", paths, env: onServer }],
    );
    for (const run of runs) {
      const outcome = await onceMore(run, flaky);
      total.passed += outcome.passed;
      total.failed += outcome.failed;
      total.skipped += outcome.skipped;
    }
  }
  await building;
  for (const file of flaky) console.log(`flaky: ${file} failed once and passed when run again`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  Deno.exit(total.failed ? 1 : 0);
}

interface Phase {
  name: string;
  paths: string[];
  env: Record<string, string>;
}

interface Run extends Phase {
  outcome: Outcome;
}

/**
 * Phases one after the other. Not side by side: Deno lays linked packages anew whenever a program of it starts, and whoever loads
 * one at that moment does not find it.
 */
async function inTurn(phases: Phase[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const phase of phases) {
    heading(phase.name);
    runs.push({ ...phase, outcome: await runTests(phase) });
  }
  return runs;
}

async function onceMore({ outcome: first, ...phase }: Run, flaky: string[]): Promise<Outcome> {
  if (first.failedFiles.length === 0 || first.failedFiles.length > 5) return first;
  heading(`${phase.name}, once more: ${first.failedFiles.join(", ")}`);
  const second = await runTests({ ...phase, paths: first.failedFiles });
  flaky.push(...first.failedFiles.filter((file) => !second.failedFiles.includes(file)));
  // What failed at first is judged by its second run.
  return {
    passed: first.passed + first.failed - second.failed,
    failed: second.failed,
    skipped: first.skipped,
    failedFiles: second.failedFiles,
  };
}

async function runTests({ paths, env }: Phase): Promise<Outcome> {
  const report = await Deno.makeTempFile({ prefix: "studio-tests-", suffix: ".xml" });
  const args = ["test", "-A", "--no-check", `--junit-path=${report}`, ...paths];
  const succeeded = await deno(args, env);
  const xml = await Deno.readTextFile(report);
  await Deno.remove(report);
  const outcome = readReport(xml);
  // A file that cannot be loaded is in no report.
  if (!succeeded && outcome.failed === 0) outcome.failed = 1;
  return outcome;
}

/** Counts of a JUnit report as `deno test` writes it, and the files in which something failed. */
export function readReport(xml: string): Outcome {
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, failedFiles: [] };
  for (const [, attributes] of xml.matchAll(/<testsuite ([^>]*)>/g)) {
    const of = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes!)?.[1] ?? 0);
    const failed = of("failures") + of("errors");
    outcome.failed += failed;
    outcome.skipped += of("disabled");
    outcome.passed += of("tests") - failed - of("disabled");
    if (failed) {
      outcome.failedFiles.push(
        relative(ROOT, new URL(/\bname="([^"]*)"/.exec(attributes!)![1]!, `file://${ROOT}/`).pathname),
      );
    }
  }
  return outcome;
}

async function deno(args: string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stdin: "null" }).spawn();
  return (await child.status).success;
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

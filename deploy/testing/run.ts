import { join } from "@std/path";
import { type Batch, batchesOf, inLanes, testFiles } from "./batches.ts";
import { findGoProgram, GIT_LFS_SERVER_TEST, VERSITY_GATEWAY } from "./go_program.ts";
import { startPostgres } from "./postgres.ts";
import { openPrinter } from "./printer.ts";
import { failedIn, type Ran, readReport, slowest } from "./report.ts";
import { findValidators } from "./validators.ts";

/**
 * `deno task test [path …]`: fmt, lint and types; then every test against a real PostgreSQL, and the gateway's, and the backup's, once more on the
 * embedded database. As many processes at a time as the machine has cores, each with a few files. A file that fails is run once more by itself,
 * when nothing else runs; if it passes then, it counts, and is named as flaky at the end, so that one hiccup of a shared machine does not hide
 * behind a rerun of everything.
 */

const ROOT = join(import.meta.dirname!, "..", "..");
/** Those that take longest first, so that the last processes end at about the same time. */
const LONG = ["deploy", "agent", "gateway"];
/** Rooms whose tests need a database: the same tests run on both. */
const ON_BOTH = ["gateway", "deploy/backup"];
const SHORT = ["ui", "shared"];
/** More files than this that fail are no hiccup: as many as one process has. */
const ONCE_MORE = 8;

const print = openPrinter(Deno.stdout.writable);

if (import.meta.main) {
  const whole = Deno.args.length === 0;
  const began = Date.now();
  // A few minutes of compiling on a machine that has never run them; a test that needs one waits for it.
  const building = whole
    ? Promise.all([findGoProgram(VERSITY_GATEWAY), findGoProgram(GIT_LFS_SERVER_TEST), findValidators()])
    : null;
  if (whole) {
    heading("fmt, lint");
    if (!await deno(["fmt", "--check"]) || !await deno(["lint"])) Deno.exit(1);
  }
  heading("the canvas is built");
  if (!await deno(["run", "-A", "ui/build.ts"])) Deno.exit(1);

  const ran: Ran[] = [];
  const flaky: string[] = [];
  let typesFit = true;
  {
    await using server = await startPostgres();
    const onServer = { TEST_DATABASE_URL: server.url };
    const batches = async (where: string, paths: string[], env: Record<string, string>) =>
      batchesOf(where, await testFiles(ROOT, paths), env);
    const all = whole
      ? [
        ...await batches("on PostgreSQL", LONG, onServer),
        ...await batches("on the embedded database", ON_BOTH, {}),
        ...await batches("on PostgreSQL", SHORT, onServer),
      ]
      : await batches("on PostgreSQL", Deno.args, onServer);
    const lanes = all.length > 1 ? navigator.hardwareConcurrency : 1;
    const work = all.map((batch) => async () => void ran.push(await runBatch(batch, lanes > 1)));
    // One core for a minute, beside the first tests.
    if (whole) work.unshift(async () => void (typesFit = await checkTypes()));
    await inLanes(work, lanes, (each) => each());
    await onceMore(ran, flaky);
  }
  await building;
  conclude(ran, flaky, began);
  if (!typesFit) console.log("The types do not fit: see above.");
  Deno.exit(typesFit && ran.every(({ ok }) => ok) ? 0 : 1);
}

/** Puts the outcome of a second try in the place of the first. */
async function onceMore(ran: Ran[], flaky: string[]): Promise<void> {
  const failed = ran.filter(({ ok }) => !ok);
  if (failed.flatMap(failedIn).length > ONCE_MORE) return;
  for (const first of failed) {
    const files = failedIn(first);
    const second = await runBatch({ ...first.batch, name: `${first.batch.name}, once more`, files }, false);
    flaky.push(...files.filter((file) => !failedIn(second).includes(file)));
    const others = first.reports.filter(({ file }) => !files.includes(file));
    ran[ran.indexOf(first)] = { ...second, reports: [...others, ...second.reports] };
  }
}

/** `gathered`: what it prints comes when it has ended, so that processes side by side do not mix. */
async function runBatch(batch: Batch, gathered: boolean): Promise<Ran> {
  const path = await Deno.makeTempFile({ prefix: "studio-tests-", suffix: ".xml" });
  const args = ["test", "-A", "--no-check", `--junit-path=${path}`, ...batch.files];
  if (!gathered) heading(batch.name);
  const ok = await (gathered ? denoGathered(batch.name, args, batch.env) : deno(args, batch.env));
  const reports = readReport(await Deno.readTextFile(path));
  await Deno.remove(path);
  return { batch, ok, reports };
}

function checkTypes(): Promise<boolean> {
  return denoGathered("types", ["check", "--quiet", "gateway", "agent", "ui", "shared", "deploy"]);
}

function conclude(ran: Ran[], flaky: string[], began: number): void {
  const reports = ran.flatMap((each) => each.reports);
  const sum = (of: "passed" | "failed" | "skipped") => reports.reduce((sum, each) => sum + each[of], 0);
  heading("the slowest files, in seconds");
  for (const line of slowest(reports)) console.log(line);
  for (const each of ran.filter(({ ok }) => !ok)) {
    console.log(`failed ${each.batch.name.replace(/:.*/, "")}: ${failedIn(each).join(", ")}`);
  }
  for (const file of flaky) console.log(`flaky: ${file} failed once and passed when run again`);
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  console.log(
    `\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped in ${minutes} min`,
  );
}

async function deno(args: string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stdin: "null" }).spawn();
  return (await child.status).success;
}

async function denoGathered(
  name: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<boolean> {
  const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, ...streams }).spawn();
  // As they come, in one text: what a test complains of stands beside the test.
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const gather = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const piece of stream) pieces.push(piece);
  };
  const [{ success }] = await Promise.all([child.status, gather(child.stdout), gather(child.stderr)]);
  await print(name, pieces);
  return success;
}

function heading(text: string): void {
  console.log(`\n== ${text}`);
}

import assert from "node:assert/strict";
import { bytesOf, type Finished, openHistory } from "./log.ts";
import { sumOf } from "./totals.ts";

async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-history-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** At noon, so that no time zone moves it into another month. */
function line(day: string, change: Partial<Finished> = {}): Finished {
  return {
    at: `${day}T12:00:00.000Z`,
    job_id: "01890000-0000-7000-8000-000000000000",
    title: "SHOT-010_v01_take01",
    project: "A film",
    project_id: "01890000-0000-7000-8000-00000000000a",
    runner: "flux-image",
    outcome: "succeeded",
    seconds: 10,
    bytes_down: 1_000,
    bytes_up: 2_000,
    ...change,
  };
}

Deno.test("what was done is summed by month and project, newest month first", async () => {
  await using data = await tempDir();
  const log = openHistory(data.path);
  await log.append(line("2026-10-15"));
  await log.append(line("2026-11-15", { project: "Another", outcome: "failed" }));
  await log.append(line("2026-11-16", { seconds: 5 }));
  const months = await log.months();
  assert.deepEqual(Object.keys(months), ["2026-11", "2026-10"]);
  assert.deepEqual(months["2026-11"]!.Another, {
    done: 0,
    ended: 1,
    seconds: 10,
    bytes_down: 1000,
    bytes_up: 2000,
  });
  assert.deepEqual(sumOf(months["2026-11"]!), {
    done: 1,
    ended: 2,
    seconds: 15,
    bytes_down: 2000,
    bytes_up: 4000,
  });
  assert.equal(bytesOf(await log.since(new Date("2026-11-01"))), 6000);
});

Deno.test("the log stays bounded and the sums stay whole", async () => {
  await using data = await tempDir();
  const log = openHistory(data.path, 2_000);
  for (let at = 0; at < 100; at++) await log.append(line(at % 2 ? "2026-10-15" : "2026-11-15"));
  const sizes = ["history.jsonl", "history.jsonl.old"].map((name) =>
    Deno.statSync(`${data.path}/${name}`).size
  );
  assert.ok(sizes.every((size) => size < 2_600), String(sizes));
  const months = await log.months();
  assert.deepEqual(Object.values(months).map((projects) => sumOf(projects).done), [50, 50]);
});

Deno.test("slots that end together lose no line; lines of an earlier version and broken ones are borne", async () => {
  await using data = await tempDir();
  await Deno.writeTextFile(
    `${data.path}/history.jsonl`,
    '{"at":"2026-11-15T12:00:00Z","job_id":"x","title":"t","project":"p","outcome":"succeeded","seconds":1}\n{"at":\n',
  );
  const log = openHistory(data.path, 2_000);
  await Promise.all(Array.from({ length: 30 }, () => log.append(line("2026-11-16"))));
  assert.equal(sumOf((await log.months())["2026-11"]!).done, 31);
});

Deno.test("a line that a full disk cut short costs itself, and not the one after it", async () => {
  await using data = await tempDir();
  const log = openHistory(data.path);
  await log.append(line("2026-11-15"));
  const path = `${data.path}/history.jsonl`;
  await Deno.writeTextFile(path, JSON.stringify(line("2026-11-16")).slice(0, 60), { append: true });
  await log.append(line("2026-11-17"));
  await log.append(line("2026-11-18"));
  const days = (await log.since(new Date("2026-11-01"))).map(({ at }) => at.slice(8, 10));
  assert.deepEqual(days, ["15", "17", "18"]);
});

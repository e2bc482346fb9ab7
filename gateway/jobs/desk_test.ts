import assert from "node:assert/strict";
import { ProblemError } from "../../shared/http/problem.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { onPostgres } from "../testing/database.ts";
import type { TestStudio } from "../testing/studio.ts";
import type { JobRow } from "./mod.ts";
import { draw, openJobStudio, openNeighbour } from "./testing.ts";

const ASK = { takes: 1, version_up: false };

/** Two shots and a node of which nothing can be made. */
async function film(test: TestStudio, title: string): Promise<ProjectRow> {
  const project = await test.makeProject(title);
  await draw(test, project, [
    { id: "one", type: "generate_image", title: "One", shot: "ONE" },
    { id: "two", type: "generate_image", title: "Two", shot: "TWO" },
    { id: "off", type: "generate_image", title: "Off", off: "muted" },
  ], []);
  return project;
}

/** Each shot's takes are 1, 2, 3 …, and no two of the film share a reel or a second of timecode. */
async function assertInOrder(test: TestStudio, project: ProjectRow, expected: number): Promise<void> {
  const jobs = await test.studio.db.sql<JobRow[]>`
    select * from jobs where project_id = ${project.id} order by fair_key, id`;
  assert.equal(jobs.length, expected);
  for (const shot of ["ONE", "TWO"]) {
    const numbers = jobs.flatMap(({ take }) => take?.shot === shot ? [take.take] : []).toSorted((a, b) =>
      a - b
    );
    assert.deepEqual(numbers, numbers.map((_, nth) => nth + 1), shot);
  }
  const specs = jobs.map(({ spec }) => spec as GenerateSpec);
  assert.equal(new Set(specs.map(({ reel }) => reel)).size, expected);
  const starts = specs.map(({ timecode_start }) => timecode_start).toSorted((a, b) => a - b);
  starts.slice(1).forEach((start, nth) => assert.ok(start - starts[nth]! >= 24 + 1, `${start}`));
  const keys = jobs.map(({ fair_key }) => fair_key);
  assert.equal(new Set(keys).size, expected, "each has a turn of its own");
}

Deno.test("what many ask for at the same moment is queued whole, and what is refused is refused by itself", async () => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const films = [await film(test, "A"), await film(test, "B")];
  const asks = Array.from({ length: 24 }, (_, n) => ({ project: films[n % 2]!, n }));
  const answers = await Promise.allSettled(asks.map(({ project, n }) =>
    jobs.submit(project, test.owner, {
      ...ASK,
      node_id: n % 6 === 5 ? "off" : n % 3 ? "one" : "two",
      takes: 1 + n % 2,
    })
  ));
  for (const [n, answer] of answers.entries()) {
    if (n % 6 === 5) {
      assert.ok(answer.status === "rejected" && answer.reason instanceof ProblemError, String(n));
      assert.match(answer.reason.message, /"Off" is muted/);
      continue;
    }
    assert.ok(answer.status === "fulfilled", String(n));
    assert.equal(answer.value.length, 1 + n % 2);
    assert.deepEqual(new Set(answer.value.map((job) => job.project_id)), new Set([films[n % 2]!.id]));
  }
  await assertInOrder(test, films[0]!, 12);
  await assertInOrder(test, films[1]!, 16);
  // What is said of a job that was just written is what the table has.
  const [told] = (answers[0] as PromiseFulfilledResult<JobRow[]>).value;
  const [kept] = await db.sql<JobRow[]>`select * from jobs where id = ${told!.id}`;
  assert.deepEqual({ ...told }, { ...kept });
});

Deno.test("a version begun among takes that go on has its own numbers", async () => {
  await using test = await openJobStudio();
  const project = await film(test, "Versions");
  const submit = (version_up: boolean) =>
    test.studio.jobs.submit(project, test.owner, { ...ASK, node_id: "one", version_up });
  const made = (await Promise.all([false, true, false, true].map(submit))).flat();
  assert.equal(new Set(made.map(({ take }) => take!.name)).size, 4);
  const begun = [made[1]!.take!, made[3]!.take!];
  assert.deepEqual(begun.map(({ take }) => take), [1, 1]);
  assert.notEqual(begun[0]!.version, begun[1]!.version);
});

Deno.test("a canvas that changed is asked for as it is now, whoever changed it", async () => {
  await using test = await openJobStudio();
  const project = await film(test, "Changing");
  const prompt = async () => {
    const [job] = await test.studio.jobs.submit(project, test.owner, { ...ASK, node_id: "one" });
    return (job!.spec as GenerateSpec).params.prompt;
  };
  await prompt();
  await test.studio.db.sql`
    update canvases set version = version + 1, graph = replace(graph::text, '"a lamp"', '"a new prompt"')::jsonb
    where project_id = ${project.id}`;
  assert.equal(await prompt(), "a new prompt");
  assert.equal(await prompt(), "a new prompt");
});

Deno.test({
  name:
    "two gateways that are asked for the same films at once wait for each other, and nobody is turned away",
  ignore: !onPostgres,
}, async () => {
  await using test = await openJobStudio();
  await using there = await openNeighbour(test);
  const films = [await film(test, "A"), await film(test, "B"), await film(test, "C")];
  const gateways = [test.studio, there];
  const each = 60;
  const made = await Promise.all(
    gateways.flatMap((gateway, g) =>
      Array.from({ length: each }, async (_, n) => {
        // Not all of them in one statement.
        for (let turn = 0; turn < n % 5; turn++) await gateway.db.sql`select 1`;
        return await gateway.jobs.submit(films[(g ? n : each - n) % 3]!, test.owner, {
          ...ASK,
          node_id: (n + g) % 2 ? "one" : "two",
        });
      })
    ),
  );
  assert.equal(new Set(made.flat().map(({ id }) => id)).size, 2 * each);
  for (const project of films) await assertInOrder(test, project, 2 * each / 3);

  const ask_id = crypto.randomUUID();
  const same = await Promise.all(
    gateways.flatMap((gateway) =>
      Array.from({ length: 3 }, (_, n) =>
        gateway.jobs.submit(films[0]!, test.owner, {
          ...ASK,
          node_id: "one",
          ...(n < 2 ? { ask_id } : {}),
        }))
    ),
  );
  const named = [same[0]!, same[1]!, same[3]!, same[4]!].map(([job]) => job!.id);
  assert.equal(new Set(named).size, 1, "the same name, the same job");
  assert.equal(
    new Set([named[0], same[2]![0]!.id, same[5]![0]!.id]).size,
    3,
    "and what came along was made too",
  );
});

import assert from "node:assert/strict";
import { join } from "@std/path";
import { openTestDatabase } from "../testing/database.ts";
import { migrate, tooNewFor } from "./mod.ts";

const FOLDER = join(import.meta.dirname!, "migrations");
/** From the first on that gateways of two releases are to run beside. */
const SINCE = "0031";

/** What a gateway of the release before would trip over. */
const TAKES_AWAY: [RegExp, string][] = [
  [/\bdrop\s+(table|column|function|view|type|schema)\b/i, "it drops what may be asked for"],
  [/\brename\s+(to|column)\b/i, "it renames what may be asked for"],
  [/\balter\s+column\s+\w+\s+(set\s+data\s+)?type\b/i, "it changes a type"],
  [/\bset\s+not\s+null\b/i, "older rows that are written have no value there"],
  [
    /\badd\s+column\s+(if\s+not\s+exists\s+)?\w+\s+(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/i,
    "older gateways write no value there: give it a default",
  ],
];

Deno.test("what comes newly to the schema takes nothing away from gateways of the release before, or says so", async () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name >= SINCE).sort();
  assert.ok(names.length > 0);
  for (const name of names) {
    const text = await Deno.readTextFile(join(FOLDER, name));
    if (/^-- contracts: \S/.test(text)) continue;
    assert.deepEqual(
      faultsOf(text),
      [],
      `${name}: expand first; contract in a later release, in a file that says so`,
    );
  }
});

Deno.test("what takes something away is found, and what only adds is not", () => {
  for (
    const bad of [
      "alter table jobs drop column take;",
      "drop table notices;",
      "alter table jobs rename column spec to wish;",
      "alter table jobs alter column take type text;",
      "alter table jobs alter column take set not null;",
      "alter table jobs add column ask uuid not null, add column nth int;",
    ]
  ) assert.equal(faultsOf(bad).length, 1, bad);
  for (
    const good of [
      "alter table jobs add column ask uuid, add column nth int not null default 0;",
      "create table asks (id uuid primary key, job_id uuid not null references jobs);",
      "drop index jobs_old; create index jobs_new on jobs (id);",
    ]
  ) assert.deepEqual(faultsOf(good), [], good);
});

Deno.test("an older gateway starts beside a newer one that only added, and not on one that took away", async () => {
  await using database = await openTestDatabase();
  const { sql } = database;
  // A template of an earlier run may be from before the column.
  await migrate(sql);
  await sql`insert into migrations (name, contracts) values ('9998_adds.sql', false)`;
  assert.deepEqual(await migrate(sql), []);
  assert.deepEqual(await tooNewFor(sql), []);
  await sql`insert into migrations (name, contracts) values ('9999_takes_away.sql', true)`;
  await assert.rejects(migrate(sql), /9999_takes_away\.sql from a newer studio/);
  assert.deepEqual(await tooNewFor(sql), ["9999_takes_away.sql"]);
});

function faultsOf(text: string): string[] {
  const sql = text.replace(/--.*$/gm, "");
  return TAKES_AWAY.filter(([pattern]) => pattern.test(sql)).map(([, why]) => why);
}

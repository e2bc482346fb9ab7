import assert from "node:assert/strict";
import { leaseOf, openJobStudio } from "../jobs/testing.ts";
import { lfsKey } from "../objects/mod.ts";
import { checkJob, checks, community, openFilm, opine, own, say, takeBy } from "./testing.ts";
import { tidyAll } from "./tidy.ts";

Deno.test("what a check leaves goes a day after, and nothing of the film with it, whatever a machine says it made", async () => {
  await using test = await openJobStudio();
  const { studio } = test;
  const { sql } = studio.db;
  const project = await openFilm(test);
  const attic = await community(test, test.artist, "Attic");
  const tower = await own(test, "Tower");
  const text = (words: string) => new TextEncoder().encode(words);
  const isThere = async (oid: string) =>
    await studio.objects.head(lfsKey(project.tenant_id, project.id, oid)) !== null;
  // Pushed with Git: no table but the store's own knows it.
  const pushed = await studio.lfs.store(project, text("what the film had before"));

  const made = await takeBy(test, project, attic);
  const job = await checkJob(test, tower, "generate");
  const again = await studio.lfs.store(project, text(`\x89PNG\r\n\x1a\n ${job.id}`));
  await studio.jobs.complete(tower.agent_id, leaseOf(job), {
    file: { ...again, extension: "png" },
    poster: pushed,
    media: { format: "png", width: 1024, height: 1024, frames: 1, audio: false },
    made_with: {},
    seconds: 1,
  });
  await say(test, tower, { "1 2": true });
  await takeBy(test, project, attic);
  const wanted = await opine(test, tower);
  await say(test, tower, { "1 2": true });
  assert.deepEqual((await checks(test)).map(({ state }) => state), ["agreed", "agreed"]);

  await tidyAll(studio);
  assert.ok(await isThere(again.oid), "not before a day has passed");
  await sql`update checks set ended_at = ended_at - interval '2 days'`;
  await sql`update lfs_objects set touched_at = touched_at - interval '2 days'`;
  // Somebody was told just now that the studio has it.
  const [opinion] = await sql<{ oid: string; size: number }[]>`
    select o.oid, o.size from check_opinions o where o.check_id = ${wanted.check_id} and nth = 2`;
  assert.notEqual(await studio.lfs.ready(sql, project.id, opinion!.oid), null);
  await tidyAll(studio);
  const [take] = await sql<{ oid: string }[]>`select oid from takes where job_id = ${made.id}`;
  assert.deepEqual(
    await Promise.all([again.oid, pushed.oid, opinion!.oid, take!.oid].map(isThere)),
    [false, true, true, true],
  );
  assert.ok((await checks(test)).every((check) => check.picture_url === null), "nor are the pictures shown");
});

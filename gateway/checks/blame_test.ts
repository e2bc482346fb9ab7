import assert from "node:assert/strict";
import { openJobStudio } from "../jobs/testing.ts";
import { checks, community, openFilm, opine, own, say, setShare, takeBy } from "./testing.ts";

Deno.test("a take that was found wrong is marked, though a later one of its machine was found right before", async () => {
  await using test = await openJobStudio();
  const project = await openFilm(test);
  const attic = await community(test, test.artist, "Attic");
  const mill = await community(test, test.owner, "Mill");
  const tower = await own(test, "Tower");
  await takeBy(test, project, attic);
  await opine(test, tower);
  await say(test, tower, { "1 2": false });
  // A third is awaited when the next take is looked at, and found right.
  const [first] = await checks(test);
  const { sql } = test.studio.db;
  const wait = (ready: boolean) =>
    sql`update jobs set resting = ${!ready}, run_after = now() + interval '1 hour' where check_id = ${
      first!.id
    } and state = 'queued'`;
  await wait(false);
  await takeBy(test, project, attic);
  await opine(test, tower);
  await say(test, tower, { "1 2": true });
  await setShare(test, 0);
  await takeBy(test, project, attic);
  await wait(true);
  await opine(test, mill);
  await say(test, tower, { "1 2": false, "1 3": false, "2 3": true });
  assert.deepEqual((await checks(test)).map(({ state }) => state), ["agreed", "blamed"]);
  const { items } = await (await test.request(`/api/projects/${project.id}/takes`)).json();
  assert.deepEqual(
    items.map((take: { unverified?: { sentence: string } }) => take.unverified?.sentence ?? null),
    [
      "Attic made it, and a spot check found other work of Attic wrong.",
      null,
      "Attic made it, and two other machines made the same otherwise, both alike.",
    ],
  );
});

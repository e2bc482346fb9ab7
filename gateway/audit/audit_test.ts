import assert from "node:assert/strict";
import { addTaker, deliver, openJobStudio, queue } from "../jobs/testing.ts";

Deno.test("a chosen take is in the log once, and a choice that changes nothing is not", async () => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const project = await test.makeProject("Salt");
  const tower = await addTaker(test);
  const takes: string[] = [];
  for (let made = 0; made < 2; made++) {
    await queue(test, project);
    const job = await deliver(test, (await jobs.take(tower))!);
    takes.push((await jobs.view([job]))[0]!.take_id!);
  }
  const chosen = () => db.sql`select subject_id, who from audit_log where what = 'take_activated'`;
  const [active] = await db.sql<{ take_id: string }[]>`
    select take_id from active_takes where project_id = ${project.id} limit 1`;
  const other = takes.find((take) => take !== active!.take_id)!;
  const choose = (take: string, as: string) =>
    test.request(`/api/projects/${project.id}/takes/${take}/activate`, { method: "POST" }, as);
  assert.equal((await choose(other, "viewer")).status, 403);
  assert.deepEqual([...await chosen()], []);
  for (let time = 0; time < 2; time++) assert.equal((await choose(other, "artist")).status, 200);
  assert.deepEqual([...await chosen()], [{ subject_id: other, who: "Test artist" }]);
  const { items } = await (await test.request("/api/audit?what=take_activated")).json();
  assert.match(items[0].sentence, /^Test artist chose \S+ in "Salt"\.$/);
});

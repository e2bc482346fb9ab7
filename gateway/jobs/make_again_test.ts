import assert from "node:assert/strict";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { addTaker, draw, leaseOf, openJobStudio } from "./testing.ts";

Deno.test("a take is made again by the same graph, and its timecode is its own", async (t) => {
  await using test = await openJobStudio();
  const { jobs, takes, db } = test.studio;
  const project = await test.makeProject("Salt");
  const mill = await addTaker(test, { capabilities: ["wan-video@standard"] });
  await draw(test, project, [{ id: "shot", type: "shot", runner: "wan-video", duration: 120 }]);
  const ask = (path: string, json?: object) =>
    test.request(`/api/projects/${project.id}/${path}`, { method: "POST", ...(json ? { json } : {}) });
  const made = async (asked: Response) => {
    assert.equal(asked.status, 202, await asked.clone().text());
    const { jobs: [{ id }] } = await asked.json();
    return (await jobs.find(project.tenant_id, id)).spec as GenerateSpec;
  };
  const shot = { node_id: "shot", tier: "standard" };
  await made(await ask("jobs", shot));
  const job = (await jobs.take(mill))!;
  const clip = await test.studio.lfs.store(project, new TextEncoder().encode("a clip"));
  await jobs.complete(mill.agent_id, leaseOf(job), {
    file: { ...clip, extension: "mp4" },
    media: { format: "mp4", width: 832, height: 480, frames: 120, rate: "24/1", audio: false },
    made_with: {},
    seconds: 9,
  });
  const [take] = await takes.all(db.sql, project.id);
  const again = `takes/${take!.id}/again`;

  await t.step("as long as it is in the film, whatever rate its model works at", async () => {
    const second = await made(await ask(again));
    const third = await made(await ask("jobs", shot));
    // Five seconds, of which the model makes 81 frames of its own.
    assert.equal(second.params.frames, 81);
    assert.ok(third.timecode_start - second.timecode_start >= 120 + 24);
  });

  await t.step("not by a runner that the studio has in another version now", async () => {
    await db.sql`
      update jobs set spec = jsonb_set(spec, '{runner_version}', '"0.9.0"') where id = ${take!.job_id}`;
    const refused = await ask(again);
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).detail, /asked of Wan Video 0\.9\.0, and the studio has 1\.0\.0 now/);
  });
});

import assert from "node:assert/strict";
import { JobLog } from "../../shared/jobs/log.ts";
import { openTestStudio } from "../testing/studio.ts";
import { queueStill } from "../agents/testing.ts";

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]);

Deno.test("the last words and the last picture of a job are read while it runs and after it failed, and go with its success", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const agent = await test.joinAgent({ name: "Tower" });
  const job = await queueStill(test, project);
  const log = async () => {
    const answer = await test.request(`/api/jobs/${job.id}/log`, {}, "viewer");
    assert.equal(answer.status, 200);
    return JobLog.parse(await answer.json());
  };
  assert.deepEqual([(await log()).log_tail, (await log()).image_url], ["", null]);

  const send = async (lease: string, tail: string) => {
    const answer = await agent.request(`/api/agent/leases/${lease}/log`, { method: "PUT", json: { tail } });
    await answer.body?.cancel();
    return answer.status;
  };
  const first = await agent.lease();
  assert.equal(
    await send(first.lease, "Sampling 4 of 30: A lamp room in fog\nBearer gms_agent_0123456789"),
    204,
  );
  await (await agent.request(`/api/agent/leases/${first.lease}/preview`, {
    method: "PUT",
    headers: { "content-type": "image/jpeg" },
    body: JPEG,
  })).body?.cancel();

  const running = await log();
  assert.equal(running.agent, "Tower");
  assert.match(running.log_tail, /^Sampling 4 of 30/);
  assert.ok(!/lamp room|gms_agent/.test(running.log_tail), running.log_tail);
  const image = await test.request(running.image_url!, {}, "viewer");
  assert.equal(image.headers.get("content-type"), "image/jpeg");
  assert.deepEqual(new Uint8Array(await image.arrayBuffer()), JPEG);
  const other = await test.secondTenant();
  for (const path of ["log", "image"]) {
    const answer = await other.request(`/api/jobs/${job.id}/${path}`);
    await answer.body?.cancel();
    assert.equal(answer.status, 404, `${path} is no other studio's`);
  }

  await agent.fail(first, { class: "invalid", message: "The size is odd." });
  assert.equal((await log()).log_tail, running.log_tail, "kept for whoever asks why it failed");
  assert.equal(await send(first.lease, "late"), 409, "the grant is over");

  await (await test.request(`/api/jobs/${job.id}/retry`, { method: "POST" })).body?.cancel();
  const second = await agent.lease();
  assert.equal(await send(second.lease, "Starting again"), 204);
  assert.deepEqual([(await log()).log_tail, (await log()).image_url], ["Starting again", null]);
  await agent.complete(second);
  assert.equal((await log()).log_tail, "");
});

import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { agentView, listen, queueStill, until } from "./testing.ts";

Deno.test("a machine that goes away while it waits gets nothing any more", async () => {
  await using test = await openTestStudio();
  const base = await test.serve();
  const project = await test.makeProject();
  const agent = await test.joinAgent({ name: "vanishing" });
  const entered = Promise.withResolvers<AbortSignal>();
  const real = test.studio.jobs.poll;
  test.studio.jobs.poll = (taker, waitS, signal) => {
    entered.resolve(signal);
    return real(taker, waitS, signal);
  };
  const hangUp = new AbortController();
  const polling = fetch(`${base}/api/agent/lease`, {
    method: "POST",
    headers: { authorization: `Bearer ${agent.token}`, "content-type": "application/json" },
    body: JSON.stringify({ boot_id: agent.boot_id, slot: "gpu0", wait_s: 25 }),
    signal: hangUp.signal,
  }).catch(() => null);
  const signal = await entered.promise;
  hangUp.abort();
  await polling;
  await until("the gateway to notice", () => signal.aborted);
  const job = await queueStill(test, project);
  assert.equal((await test.studio.jobs.find(project.tenant_id, job.id)).state, "queued");
  assert.equal((await agent.lease()).job_id, job.id);
});

Deno.test("an agent that falls silent is noticed, and its return too", async () => {
  await using test = await openTestStudio({ env: { LEASE_SECONDS: "2", HEARTBEAT_SECONDS: "1" } });
  const project = await test.makeProject();
  using heard = listen(test, project);
  const agent = await test.joinAgent({ name: "sleeper" });
  const last = () => {
    const event = heard.events.findLast((each) => each.type === "agent" && each.agent.id === agent.id);
    return event?.type === "agent" ? event.agent.state : null;
  };
  await until("online", () => last() === "online");
  await until("offline", () => last() === "offline");
  assert.equal((await agentView(test, agent.id)).state, "offline");
  assert.deepEqual((await test.studio.agents.counts()).find(({ state }) => state === "offline"), {
    state: "offline",
    count: 1,
  });
  // Again and again: on a slow machine the lease time may be over before anybody has looked.
  await until("online again", async () => {
    await agent.heartbeat({ disk_free_mb: 12 });
    return last() === "online";
  });
  assert.equal((await agentView(test, agent.id)).disk_free_mb, 12);
  await until("offline again", () => last() === "offline");
  await until("a poll is a sign of life", async () => {
    await agent.poll();
    return last() === "online";
  });
});

import assert from "node:assert/strict";
import { openJobStudio, queue } from "../jobs/testing.ts";
import type { TestAgent } from "../testing/agent.ts";
import { agentView, listen, until } from "./testing.ts";
import { verdict } from "./quarantine.ts";

const DISK = { class: "agent", message: "The agent's disk is full at /data.", fault: "disk" };

Deno.test("a machine that fails whatever it is given gets nothing until it is let out or has proved itself", async (t) => {
  await using test = await openJobStudio();
  const film = await test.makeProject("Lighthouse");
  const { sql } = test.studio.db;
  const state = async (agent: TestAgent) => (await agentView(test, agent.id)).state;
  /** Leases a new job and fails it. */
  const failed = async (agent: TestAgent, error: Parameters<TestAgent["fail"]>[1], runner = "flux-image") => {
    const [job] = await queue(test, film, { runner });
    const lease = await agent.lease();
    assert.equal(lease.job_id, job!.id);
    assert.equal((await agent.fail(lease, error)).status, 204);
    await sql`update jobs set state = 'cancelled', resting = false, finished_at = now() where id = ${
      job!.id
    }`;
    return job!;
  };
  const notices = async (agent: TestAgent) =>
    (await (await test.request(`/api/projects/${film.id}/notices`)).json()).items
      .filter((notice: { agent_id: string | null; sentence: string }) =>
        notice.agent_id === agent.id && /quarantine/.test(notice.sentence)
      ).map((notice: { sentence: string }) => notice.sentence);
  const gone = async (agent: TestAgent) => {
    await (await test.request(`/api/agents/${agent.id}`, { method: "DELETE" })).body?.cancel();
  };
  const letOut = (agent: TestAgent, as?: "viewer" | "artist") =>
    test.request(`/api/agents/${agent.id}/quarantine`, { method: "DELETE" }, as);

  await t.step("three jobs that its full disk spoilt: no work, and everybody sees why", async () => {
    const agent = await test.joinAgent({ name: "Full" });
    using heard = listen(test, film);
    await failed(agent, DISK);
    await failed(agent, DISK);
    assert.equal(await state(agent), "online");
    await failed(agent, DISK, "wan-video");
    const view = await agentView(test, agent.id);
    assert.equal(view.state, "quarantined");
    assert.match(
      view.quarantine.reason,
      /^3 attempts at 3 jobs failed here within an hour: its disk was full\. The last said: The agent's disk is full at \/data\.$/,
    );
    await until(
      "the screens show it",
      () => heard.events.some((event) => event.type === "agent" && event.agent.state === "quarantined"),
    );
    const [told, more] = await notices(agent);
    assert.match(told, /^Full is in quarantine and gets no more work\. 3 attempts/);
    assert.equal(more, undefined, "once");

    const [waits] = await queue(test, film);
    const poll = await agent.poll();
    assert.equal(poll.lease, null);
    assert.equal(poll.pause, true);
    assert.match(poll.idle!.sentence, /in quarantine\. 3 attempts .*Mend it/);
    assert.equal((await agent.heartbeat({})).pause, true);
    const { waiting } = await (await test.request(`/api/jobs/${waits!.id}`)).json();
    assert.equal(waiting.reason, "quarantined");
    assert.match(waiting.sentence, /Full could make it but is in quarantine\. .*its disk was full\./);

    assert.equal((await letOut(agent, "viewer")).status, 403);
    const out = await letOut(agent, "artist");
    assert.equal(out.status, 200);
    assert.equal((await out.json()).state, "online");
    const [entry] = (await (await test.request("/api/audit?what=agent_let_out&limit=1")).json()).items;
    assert.match(entry.sentence, /ended the quarantine of the machine Full\.$/);
    const lease = await agent.lease();
    assert.equal(lease.job_id, waits!.id);
    assert.equal((await agent.complete(lease)).status, 204);
    assert.deepEqual((await agentView(test, agent.id)).suspended, [], "what came of it is forgotten, too");
    await gone(agent);
  });

  await t.step("what is the job's, the gateway's or nobody's doing counts for nothing", async () => {
    const agent = await test.joinAgent({ name: "Fair" });
    for (
      const error of [
        { class: "invalid", message: "The size is odd." },
        { class: "transient", message: "The download broke off." },
        { class: "timeout", message: "It took too long." },
        { class: "oom", message: "The card ran out of memory." },
        { class: "cancelled", message: "It was cancelled." },
        { class: "agent", message: "The finished work was not accepted: no room.", fault: "none" },
      ]
    ) {
      await failed(agent, error);
      await failed(agent, error, "wan-video");
    }
    for (let n = 0; n < 4; n++) {
      const [job] = await queue(test, film);
      assert.equal((await agent.release(await agent.lease(), "AWS takes this machine back")).status, 204);
      await agent.lease();
      await agent.reboot();
      await sql`update jobs set state = 'cancelled', resting = false, finished_at = now() where id = ${
        job!.id
      }`;
    }
    assert.equal(await state(agent), "online");
    assert.deepEqual((await agentView(test, agent.id)).suspended, []);
    assert.deepEqual(await notices(agent), []);
    await gone(agent);
  });

  await t.step("a job that is finished on the same card forgets what was before", async () => {
    const agent = await test.joinAgent({ name: "Mended" });
    await failed(agent, DISK);
    await failed(agent, DISK);
    await queue(test, film);
    assert.equal((await agent.complete(await agent.lease())).status, 204);
    await failed(agent, DISK);
    await failed(agent, DISK);
    assert.equal(await state(agent), "online");
    await failed(agent, DISK);
    assert.equal(await state(agent), "quarantined");
    await gone(agent);
  });

  await t.step(
    "started again it proves itself by a test of the cards it had, and only then works",
    async () => {
      const agent = await test.joinAgent({ name: "Phoenix" });
      for (let n = 0; n < 3; n++) {
        await failed(agent, {
          ...DISK,
          message: "No CUDA device.",
          fault: "driver",
        });
      }
      const check = (ok: boolean, sentence: string) => ({ what: "gpu0", ok, sentence });
      const passed = { passed: true, checks: [check(true, "It made a picture.")] };
      const same = await agent.session(agent.facts, passed);
      assert.deepEqual([same.quarantine!.test, same.quarantine!.slots], [false, ["gpu0"]]);
      assert.equal(await state(agent), "quarantined", "the process that failed proves nothing");

      await agent.reboot();
      assert.equal((await agent.session()).quarantine!.test, true);
      assert.equal(await state(agent), "quarantined", "a start alone proves nothing");
      const sick = await agent.session(agent.facts, {
        passed: false,
        checks: [check(false, "The card gpu0 is not there any more.")],
      });
      assert.match(
        sick.quarantine!.reason,
        /lost its graphics driver.* Started again, its self test failed: The card gpu0 is not there any more\./,
      );
      await agent.reboot();
      assert.equal((await agent.session(agent.facts, passed)).quarantine, undefined);
      assert.equal(await state(agent), "online");
      await queue(test, film);
      assert.ok(await agent.lease());
      await gone(agent);
    },
  );
});

Deno.test("one job proves nothing about a machine, and one runner only what the machine says of itself", () => {
  const fault = (job_id: string, runner: string, fault: "disk" | "comfyui" | null = null) => ({
    ...{ job_id, runner, fault, slot: "gpu1" },
    message: "It failed.",
  });
  assert.equal(verdict([fault("a", "flux"), fault("b", "wan")]), null);
  assert.equal(
    verdict([fault("a", "flux", "disk"), fault("a", "flux", "disk"), fault("a", "flux", "disk")]),
    null,
  );
  assert.equal(verdict([fault("a", "flux"), fault("b", "flux"), fault("c", "flux")]), null);
  assert.match(
    verdict([fault("a", "flux"), fault("b", "flux"), fault("c", "wan")])!,
    /^3 attempts at 3 jobs failed here within an hour: it failed with flux and wan\. The last said: It failed\.$/,
  );
  assert.match(
    verdict([fault("a", "flux", "disk"), fault("b", "flux", "comfyui"), fault("b", "flux", "disk")])!,
    /^3 attempts at 2 jobs .*: its disk was full and its ComfyUI did not start or hung\./,
  );
  const lost = ["a", "b", "c"].map((job) => ({ ...fault(job, "flux"), fault: "driver" as const }));
  assert.match(
    verdict(lost, 8)!,
    /^3 attempts at 3 jobs failed on gpu1 here within an hour: it lost its graphics driver\./,
  );
});

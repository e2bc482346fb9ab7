import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";
import { agentView, listen, queueStill, until } from "./testing.ts";

Deno.test("working for a studio", async (t) => {
  await using test = await openTestStudio();
  const project = await test.makeProject();

  await t.step("a new process frees what the old one had, and the old one must stop", async () => {
    const agent = await test.joinAgent({ name: "phoenix" });
    const job = await queueStill(test, project);
    const lease = await agent.lease();
    assert.equal(lease.job_id, job.id);
    const old = agent.boot_id;
    await agent.session();
    assert.equal((await test.studio.jobs.find(project.tenant_id, job.id)).state, "leased");
    await agent.reboot();
    assert.equal((await test.studio.jobs.find(project.tenant_id, job.id)).state, "queued");
    for (
      const [path, body] of [
        ["heartbeat", { boot_id: old, leases: [] }],
        ["lease", { boot_id: old, slot: "gpu0", wait_s: 0 }],
      ] as const
    ) {
      const refused = await agent.request(`/api/agent/${path}`, { method: "POST", json: body });
      assert.equal(refused.status, 409);
      assert.equal((await refused.json()).code, "conflict");
    }
    const again = await agent.lease();
    assert.equal(again.job_id, job.id);
    assert.equal((await agent.release(again)).status, 204);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("a slot that the session did not name gets nothing", async () => {
    const agent = await test.joinAgent({ name: "narrow" });
    const refused = await agent.request("/api/agent/lease", {
      method: "POST",
      json: { boot_id: agent.boot_id, slot: "gpu7", wait_s: 0 },
    });
    assert.equal(refused.status, 409);
    assert.match((await refused.json()).detail, /gpu0/);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("screens see which job is on which card, and that it left", async () => {
    const agent = await test.joinAgent({ name: "busy" });
    using heard = listen(test, project);
    const on = (jobId: string | null) => () =>
      heard.events.findLast((event) => event.type === "agent" && event.agent.id === agent.id)?.type ===
        "agent" &&
      heard.events.some((event) =>
        event.type === "agent" && event.agent.id === agent.id && event.agent.slots[0]!.job_id === jobId
      );
    const lease = await agent.lease();
    await until("the job on the card", on(lease.job_id));
    assert.equal((await agentView(test, agent.id)).slots[0].job_id, lease.job_id);
    heard.events.length = 0;
    assert.equal((await agent.release(lease)).status, 204);
    await until("the empty card", on(null));
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("pausing ends a waiting poll at once, and letting it go on gives it work", async () => {
    const agent = await test.joinAgent({ name: "napper", capabilities: ["nothing@high"] });
    const entered = Promise.withResolvers<AbortSignal>();
    const real = test.studio.jobs.poll;
    test.studio.jobs.poll = (taker, waitS, signal) => {
      entered.resolve(signal);
      return real(taker, waitS, signal);
    };
    const waiting = agent.poll({ wait_s: 25 });
    const signal = await entered.promise;
    test.studio.jobs.poll = real;
    assert.equal(signal.aborted, false);
    const paused = await test.request(`/api/agents/${agent.id}`, { method: "PATCH", json: { paused: true } });
    assert.equal(signal.aborted, true);
    assert.equal((await paused.json()).state, "paused");
    assert.equal((await waiting).pause, true);
    assert.equal((await agent.heartbeat({})).pause, true);
    assert.equal((await agent.poll()).pause, true);

    await test.request(`/api/agents/${agent.id}`, {
      method: "PATCH",
      json: { paused: false, draining: true },
    });
    const beat = await agent.heartbeat({});
    assert.deepEqual([beat.pause, beat.drain], [false, true]);
    assert.equal((await agentView(test, agent.id)).state, "draining");
    await test.request(`/api/agents/${agent.id}`, { method: "PATCH", json: { draining: false } });
    const empty = await agent.poll();
    assert.equal(empty.pause, false);
    assert.ok(empty.idle!.sentence.length > 0);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("an agent that hangs up does not keep the job it was about to get", async () => {
    const agent = await test.joinAgent({ name: "fickle" });
    const job = await until("a queued job", async () => {
      const { items } = await test.studio.jobs.list(
        { tenant_id: project.tenant_id, project_id: project.id, states: ["queued"] },
        { limit: 1 },
      );
      return items[0];
    });
    const hangUp = new AbortController();
    const real = test.studio.jobs.poll;
    // The moment between the grant and the answer.
    test.studio.jobs.poll = async (taker, waitS, signal) => {
      const granted = await real(taker, waitS, signal);
      hangUp.abort();
      return granted;
    };
    try {
      await agent.request("/api/agent/lease", {
        method: "POST",
        json: { boot_id: agent.boot_id, slot: "gpu0", wait_s: 0 },
        signal: hangUp.signal,
      }).then((answer) => answer.body?.cancel(), () => {});
    } finally {
      test.studio.jobs.poll = real;
    }
    const row = await until("the job back in the queue", async () => {
      const now = await test.studio.jobs.find(project.tenant_id, job.id);
      return now.state === "queued" && now.lease_token > job.lease_token ? now : null;
    });
    assert.equal(row.attempt, job.attempt);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("an agent can do nothing with another's lease", async () => {
    const [one, other] = [await test.joinAgent({ name: "one" }), await test.joinAgent({ name: "other" })];
    const lease = await one.lease();
    for (
      const answer of [
        await other.fail(lease, { class: "transient", message: "not mine" }),
        await other.release(lease),
        await other.request(`/api/agent/leases/${lease.lease}/preview`, {
          method: "PUT",
          headers: { "content-type": "image/jpeg" },
          body: new Uint8Array([0xff, 0xd8, 0xff, 0xe0]),
        }),
      ]
    ) {
      // A preview of a lost lease may be dropped without a word.
      assert.ok([404, 409, 204].includes(answer.status), String(answer.status));
      await answer.body?.cancel();
    }
    const { leases } = await other.heartbeat({
      leases: [{ lease: lease.lease, progress: { stage: "mine now", progress: 0.5 } }],
    });
    assert.equal(leases[0]!.verdict, "lost");
    assert.equal((await test.studio.jobs.find(project.tenant_id, lease.job_id)).lease_agent, one.id);
    await one.release(lease);
    await test.request(`/api/agents/${one.id}`, { method: "DELETE" });
    await test.request(`/api/agents/${other.id}`, { method: "DELETE" });
  });

  await t.step("a preview is a small JPEG or is refused", async () => {
    const agent = await test.joinAgent({ name: "painter" });
    const lease = await agent.lease();
    const send = (body: BodyInit, type = "image/jpeg") =>
      agent.request(`/api/agent/leases/${lease.lease}/preview`, {
        method: "PUT",
        headers: { "content-type": type },
        body,
      });
    const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
    assert.equal((await send(jpeg)).status, 204);
    assert.equal((await send(jpeg, "image/png")).status, 415);
    assert.equal((await send("not a jpeg")).status, 422);
    assert.equal((await send("")).status, 422);
    const large = new Uint8Array(256 * 1024 + 1);
    large.set(jpeg);
    assert.equal((await send(large)).status, 413);
    const odd = await agent.request("/api/agent/leases/nonsense/release", {
      method: "POST",
      json: { reason: "x" },
    });
    assert.equal(odd.status, 404);
    await agent.release(lease);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("a removed agent loses its jobs and its token, and its name is free again", async () => {
    const agent = await test.joinAgent({ name: "leaver" });
    const lease = await agent.lease();
    using heard = listen(test, project);
    assert.equal((await test.request(`/api/agents/${agent.id}`, { method: "DELETE" }, "artist")).status, 403);
    assert.equal((await test.request(`/api/agents/${agent.id}`, { method: "DELETE" })).status, 204);
    assert.equal((await test.studio.jobs.find(project.tenant_id, lease.job_id)).state, "queued");
    assert.ok(heard.events.some((event) => event.type === "agent_removed" && event.agent_id === agent.id));
    const refused = await agent.request("/api/agent/heartbeat", {
      method: "POST",
      json: { boot_id: agent.boot_id, leases: [] },
    });
    assert.equal(refused.status, 401);
    assert.match((await refused.json()).detail, /join it again/);
    assert.equal((await test.request(`/api/agents/${agent.id}`)).status, 404);
    const heir = await test.joinAgent({ name: "leaver" });
    assert.equal((await agentView(test, heir.id)).name, "leaver");
    await test.request(`/api/agents/${heir.id}`, { method: "DELETE" });
  });

  await t.step("an agent is renamed and moved, but not to a name that is taken", async () => {
    const [one, other] = [await test.joinAgent({ name: "left" }), await test.joinAgent({ name: "right" })];
    const patch = (json: unknown) => test.request(`/api/agents/${one.id}`, { method: "PATCH", json });
    const moved = await (await patch({ name: "middle", pools: ["night", "default"] })).json();
    assert.deepEqual([moved.name, moved.pools], ["middle", ["night", "default"]]);
    const refused = await patch({ name: "right" });
    assert.equal(refused.status, 409);
    assert.match((await refused.json()).detail, /"right"/);
    assert.equal((await patch({ pools: [] })).status, 400);
    for (const agent of [one, other]) await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });

  await t.step("three strikes suspend a runner on an agent, seen by everybody, until one click", async () => {
    const agent = await test.joinAgent({ name: "clumsy" });
    const { agents, db } = test.studio;
    using heard = listen(test, project);
    const strike = (runner: string) => agents.strike(db.sql, agent.id, runner);
    assert.deepEqual([await strike("animatic"), await strike("animatic")], [false, false]);
    await agents.success(db.sql, agent.id, "animatic");
    assert.deepEqual(
      [await strike("animatic"), await strike("animatic"), await strike("animatic")],
      [false, false, true],
    );
    assert.equal(await strike("animatic-still"), false);
    await agents.success(db.sql, agent.id, "animatic");
    const { suspended } = await agentView(test, agent.id);
    assert.equal(suspended.length, 1);
    assert.deepEqual([suspended[0].runner, suspended[0].strikes], ["animatic", 3]);
    await until(
      "the suspension on the screens",
      () =>
        heard.events.some((event) =>
          event.type === "agent" && event.agent.id === agent.id && event.agent.suspended.length === 1
        ),
    );
    const { taker } = await agents.taker(agent.id, { boot_id: agent.boot_id, slot: "gpu0", loaded: [] });
    assert.deepEqual(taker.suspended, ["animatic"]);
    const path = `/api/agents/${agent.id}/suspensions/animatic`;
    assert.equal((await test.request(path, { method: "DELETE" }, "viewer")).status, 403);
    assert.equal((await test.request(path, { method: "DELETE" }, "artist")).status, 204);
    assert.deepEqual((await agentView(test, agent.id)).suspended, []);
    await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  });
});

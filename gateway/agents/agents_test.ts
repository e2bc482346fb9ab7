import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import type { TestAgent } from "../testing/agent.ts";
import { listen, queueStill, until } from "./testing.ts";

async function joinCode(test: TestStudio, body: Record<string, unknown> = {}): Promise<string> {
  const made = await test.request("/api/agents/join-codes", { method: "POST", json: body });
  assert.equal(made.status, 201);
  const { code, command } = await made.json();
  assert.ok(command.endsWith(`task agent join ${test.studio.config.publicUrl} ${code}`), command);
  return code;
}

const register = (test: TestStudio, agent: TestAgent, code: string, name = "tower") =>
  test.request("/api/agent/register", { method: "POST", json: { name, facts: agent.facts } }, code);

async function agentView(test: TestStudio, id: string) {
  const answer = await test.request(`/api/agents/${id}`);
  assert.equal(answer.status, 200);
  return await answer.json();
}

Deno.test("joining a studio", async (t) => {
  await using test = await openTestStudio();
  const known = await test.joinAgent({ name: "known" });

  await t.step("a join code lets one agent in, once", async () => {
    const code = await joinCode(test);
    const joined = await register(test, known, code);
    assert.equal(joined.status, 201);
    const { agent_id, name, token, store_origins } = await joined.json();
    assert.equal(name, "tower");
    assert.ok(Array.isArray(store_origins));
    assert.equal((await agentView(test, agent_id)).state, "offline");
    const again = await register(test, known, code);
    assert.equal(again.status, 401);
    assert.match((await again.json()).detail, /used or has expired/);
    const [row] = await test.studio.db.sql`
      select agent_id from tokens where hash = sha256(convert_to(${token}, 'UTF8'))`;
    assert.equal(row!.agent_id, agent_id);
  });

  await t.step("of many that race with one code, one gets in", async () => {
    const code = await joinCode(test);
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(test, known, code, "racer")));
    const statuses = answers.map((answer) => answer.status).toSorted();
    assert.equal(statuses[0], 201);
    assert.ok(statuses.slice(1).every((status) => status === 401 || status === 410), String(statuses));
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });

  await t.step("an expired code lets nobody in", async () => {
    const code = await joinCode(test);
    await test.studio.db.sql`
      update tokens set expires_at = now() - interval '1 second' where hash = sha256(convert_to(${code}, 'UTF8'))`;
    const refused = await register(test, known, code);
    assert.equal(refused.status, 401);
    await refused.body?.cancel();
  });

  await t.step("agents of the same name get suffixes, also at the same time", async () => {
    const code = await joinCode(test, { uses: 4, pools: ["farm"] });
    const answers = await Promise.all(Array.from({ length: 4 }, () => register(test, known, code, "rig")));
    const names = await Promise.all(answers.map(async (answer) => (await answer.json()).name));
    assert.deepEqual(names.toSorted(), ["rig", "rig-2", "rig-3", "rig-4"]);
    const listed = await (await test.request("/api/agents")).json();
    const rig = listed.items.find((agent: { name: string }) => agent.name === "rig-3");
    assert.deepEqual(rig.pools, ["farm"]);
  });

  await t.step("a name is one plain line, whatever was sent", async () => {
    const code = await joinCode(test, { uses: 2 });
    const odd = await (await register(test, known, code, " tower\u001b[31m\nof 猫\u202e ")).json();
    assert.equal(odd.name, "tower [31m of 猫");
    const none = await (await register(test, known, code, "\n")).json();
    assert.equal(none.name, "agent");
    for (const { agent_id } of [odd, none]) {
      await test.request(`/api/agents/${agent_id}`, { method: "DELETE" });
    }
  });

  await t.step("neither an artist makes join codes nor a person's token registers", async () => {
    const refused = await test.request("/api/agents/join-codes", { method: "POST", json: {} }, "artist");
    assert.equal(refused.status, 403);
    const person = await register(test, known, test.tokens.owner);
    assert.equal(person.status, 403);
    const nobody = await register(test, known, "nobody");
    assert.equal(nobody.status, 401);
  });

  await t.step("two slots of one name are refused", async () => {
    const slots = [known.facts.slots[0]!, known.facts.slots[0]!];
    const refused = await known.request("/api/agent/session", {
      method: "PUT",
      json: { boot_id: uuidv7(), facts: { ...known.facts, slots } },
    });
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).detail, /gpu0/);
  });

  await t.step("another studio's agents are not there", async () => {
    const other = await test.secondTenant();
    assert.deepEqual((await (await other.request("/api/agents")).json()).items, []);
    const path = `/api/agents/${known.id}`;
    for (
      const [method, sub, json] of [
        ["GET", ""],
        ["PATCH", "", { paused: true }],
        ["DELETE", ""],
        ["DELETE", "/suspensions/animatic"],
      ] as const
    ) {
      const answer = await other.request(path + sub, { method, ...(json ? { json } : {}) });
      assert.equal(answer.status, 404, `${method} ${sub}`);
      await answer.body?.cancel();
    }
    assert.equal((await test.request("/api/agents/no-such-id")).status, 404);
  });

  await t.step("the list comes in pages", async () => {
    const names: string[] = [];
    let cursor = "";
    do {
      const page = await (await test.request(`/api/agents?limit=2${cursor && `&cursor=${cursor}`}`)).json();
      names.push(...page.items.map((agent: { name: string }) => agent.name));
      cursor = page.next ?? "";
    } while (cursor);
    assert.deepEqual(names, ["known", "racer", "rig", "rig-2", "rig-3", "rig-4", "tower"]);
  });
});

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

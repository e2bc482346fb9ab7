import assert from "node:assert/strict";
import { isBeat } from "../../shared/events/beat.ts";
import { StudioEvent } from "../../shared/events/events.ts";
import { listen, queueStill, until } from "../agents/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { openTestScreen } from "./testing.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

Deno.test("an open line beats, so that a browser can tell it from a dead one", async () => {
  await using test = await openTestStudio();
  const base = await test.serve();
  const project = await test.makeProject();
  // Headers are Deno's extension: the type is the browser's.
  const Socket = WebSocket as unknown as new (
    url: string,
    options: { headers: Record<string, string> },
  ) => WebSocket;
  const beats = async (path: string) => {
    const socket = new Socket(`${base.replace("http", "ws")}${path}`, { headers: bearer(test.tokens.owner) });
    const beat = Promise.withResolvers<void>(), closed = Promise.withResolvers<void>();
    socket.onmessage = ({ data }) => isBeat(data) && beat.resolve();
    socket.onclose = () => {
      closed.resolve();
      beat.reject(new Error(`${path} closed without a beat`));
    };
    await beat.promise;
    socket.close();
    await closed.promise;
  };
  await Promise.all([
    beats(`/api/events?project=${project.id}`),
    beats(`/api/projects/${project.id}/canvas/live`),
  ]);
});

Deno.test("a screen of a project", async (t) => {
  await using test = await openTestStudio();
  const base = await test.serve();
  const project = await test.makeProject();
  const agent = await test.joinAgent({ name: "rig" });

  await t.step(
    "opens with the present state, then hears what happens, in the words of the schema",
    async () => {
      const before = await queueStill(test, project);
      using screen = openTestScreen(base, project.id, bearer(test.tokens.viewer));
      const state = await screen.event("state");
      assert.equal(screen.events[0], state);
      assert.deepEqual(state.jobs.map((job) => [job.id, job.state]), [[before.id, "queued"]]);
      assert.deepEqual(state.agents.map((each) => [each.name, each.state]), [["rig", "online"]]);
      assert.equal(state.canvas_version, 1);

      const lease = await agent.lease();
      assert.equal(lease.job_id, before.id);
      await screen.event("job", (event) => event.job.id === before.id && event.job.state === "leased");
      await agent.heartbeat({
        leases: [{ lease: lease.lease, progress: { stage: "Sampling 1 of 2", progress: 0.5 } }],
      });
      await screen.event(
        "progress",
        (event) => event.job_id === before.id && event.progress.progress === 0.5,
      );
      const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 9]);
      const preview = await agent.request(`/api/agent/leases/${lease.lease}/preview`, {
        method: "PUT",
        headers: { "content-type": "image/jpeg" },
        body: jpeg,
      });
      assert.equal(preview.status, 204);
      const shown = await screen.event("preview");
      assert.deepEqual(Uint8Array.fromBase64(shown.jpeg), jpeg);
      const done = await agent.complete(lease);
      assert.equal(done.status, 204, await done.text());
      await screen.event("take", (event) => event.take.job_id === before.id);
      await screen.event("job", (event) => event.job.id === before.id && event.job.state === "succeeded");
      await screen.event("agent", (event) => event.agent.slots[0]!.job_id === null);
      for (const event of screen.events) StudioEvent.parse(event);
    },
  );

  await t.step("misses nothing of what happens while it opens", async () => {
    const jobs: string[] = [];
    let opening = true;
    const submitting = (async () => {
      while (opening || jobs.length < 5) jobs.push((await queueStill(test, project)).id);
    })();
    await until("some jobs", () => jobs.length >= 2);
    using screen = openTestScreen(base, project.id, bearer(test.tokens.artist));
    const state = await screen.event("state");
    opening = false;
    await submitting;
    const known = () =>
      new Set([
        ...state.jobs.map((job) => job.id),
        ...screen.events.flatMap((event) => event.type === "job" ? [event.job.id] : []),
      ]);
    await until("every job", () => jobs.every((id) => known().has(id)));
  });

  await t.step("hears nothing of other projects and studios", async () => {
    const other = await test.makeProject("Another film");
    const tenant = await test.secondTenant();
    const foreign = await tenant.makeProject("Elsewhere");
    using screen = openTestScreen(base, project.id, bearer(test.tokens.owner));
    await screen.event("state");
    const { events } = test.studio;
    events.publish(other.tenant_id, other.id, { type: "canvas", version: 71, by: null });
    events.publish(foreign.tenant_id, foreign.id, { type: "canvas", version: 72, by: null });
    events.publish(foreign.tenant_id, null, { type: "agent_removed", agent_id: "x" });
    events.publish(project.tenant_id, project.id, { type: "canvas", version: 73, by: null });
    await screen.event("canvas", (event) => event.version === 73);
    assert.ok(
      !screen.events.some((event) => event.type === "canvas" && event.version < 73 && event.version > 70),
    );
    assert.ok(!screen.events.some((event) => event.type === "agent_removed"));
  });

  await t.step("is not there for other studios, strangers, other sites, or plain requests", async () => {
    const tenant = await test.secondTenant();
    const upgrade = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };
    const ask = async (headers: Record<string, string>, id = project.id) => {
      const answer = await test.request(`/api/events?project=${id}`, { headers }, "nobody");
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask({ ...upgrade, ...bearer(tenant.token) }), 404);
    assert.equal(await ask({ ...upgrade, ...bearer(test.tokens.owner) }, "no-such-project"), 404);
    assert.equal(await ask(upgrade), 401);
    assert.equal(await ask({ ...upgrade, ...bearer(agent.token) }), 403);
    assert.equal(await ask({ ...upgrade, ...bearer(test.tokens.owner), origin: "https://evil.test" }), 403);
    assert.equal(await ask(bearer(test.tokens.owner)), 400);
    const noKey = await fetch(`${base}/api/events?project=${project.id}`, {
      headers: bearer(test.tokens.owner),
    });
    assert.equal(noKey.status, 400);
    await noKey.body?.cancel();
    assert.equal(await ask({ ...upgrade, ...bearer(test.tokens.owner) }), 400);
    const inAddress = await test.request(
      `/api/events?project=${project.id}&access_token=${test.tokens.owner}`,
      { headers: upgrade },
      "nobody",
    );
    assert.equal(inAddress.status, 401);
    await inAddress.body?.cancel();
  });

  await t.step("is closed when its session ends", async () => {
    const entered = await test.request(`/enter?token=${await test.studio.auth.ownerLink()}`, {}, "nobody");
    const cookie = entered.headers.get("set-cookie")!.split(";", 1)[0]!;
    const screen = openTestScreen(base, project.id, { cookie, origin: base });
    using other = openTestScreen(base, project.id, bearer(test.tokens.owner));
    await Promise.all([screen.event("state"), other.event("state")]);
    await test.request("/api/auth/logout", { method: "POST", headers: { cookie } }, "nobody");
    assert.equal((await screen.closed).code, 4401);
    assert.equal(other.socket.readyState, WebSocket.OPEN);
  });

  await t.step("is closed when its person's role changes, and opens again as what they are now", async () => {
    const screen = openTestScreen(base, project.id, bearer(test.tokens.artist));
    using other = openTestScreen(base, project.id, bearer(test.tokens.owner));
    await Promise.all([screen.event("state"), other.event("state")]);
    const path = `/api/auth/people/${test.artist.user_id}`;
    assert.equal((await test.request(path, { method: "PATCH", json: { role: "viewer" } })).status, 200);
    const closed = await screen.closed;
    assert.equal(closed.code, 4409);
    assert.equal(closed.reason, "You are here as viewer now; connect again.");
    assert.equal(other.socket.readyState, WebSocket.OPEN);
    using again = openTestScreen(base, project.id, bearer(test.tokens.artist));
    await again.event("state");
    await test.request(path, { method: "PATCH", json: { role: "artist" } });
  });

  await t.step("is one of so many that a person may have", async () => {
    await until("the earlier ones to be gone", () => test.studio.events.sockets() === 0);
    const screens = Array.from(
      { length: 65 },
      () => openTestScreen(base, project.id, bearer(test.tokens.viewer)),
    );
    try {
      const opened = await until("64 open, one refused", () => {
        const states = screens.map((screen) => screen.socket.readyState);
        return !states.includes(WebSocket.CONNECTING) &&
          states.filter((state) => state === WebSocket.OPEN).length;
      });
      assert.equal(opened, 64);
    } finally {
      for (const screen of screens) screen[Symbol.dispose]();
    }
    await until("all gone", () => test.studio.events.sockets() === 0);
  });

  await t.step("is closed when it does not read, and the others go on", async () => {
    using good = openTestScreen(base, project.id, bearer(test.tokens.owner));
    await good.event("state");
    const { hostname, port, host } = new URL(base);
    using stuck = await Deno.connect({ hostname, port: Number(port) });
    await stuck.write(new TextEncoder().encode([
      `GET /api/events?project=${project.id} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${test.tokens.owner}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n")));
    await until("both open", () => test.studio.events.sockets() === 2);
    // Until its state was sent it only gathers.
    const by = "x".repeat(256 * 1024);
    let version = 100_000;
    await until("the stuck one to be dropped", () => {
      test.studio.events.publish(project.tenant_id, project.id, { type: "canvas", version: ++version, by });
      return test.studio.events.sockets() === 1;
    });
    await good.event("canvas", (event) => event.version === version);
    assert.equal(good.socket.readyState, WebSocket.OPEN);
  });

  await t.step("is told when the gateway stops", async () => {
    const screen = openTestScreen(base, project.id, bearer(test.tokens.owner));
    await screen.event("state");
    test.studio.close();
    assert.equal((await screen.closed).code, 1001);
  });
});

Deno.test("the notices of a project come newest first, in pages, and only to its own studio", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const { sql } = test.studio.db;
  const { uuidv7 } = await import("../../shared/ids.ts");
  for (let n = 1; n <= 5; n++) {
    await sql`insert into notices (id, tenant_id, project_id, level, sentence)
      values (${uuidv7(n * 1000)}, ${project.tenant_id}, ${project.id}, 'info', ${`Notice ${n}`})`;
  }
  const said: string[] = [];
  let cursor = "";
  do {
    const answer = await test.request(
      `/api/projects/${project.slug}/notices?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    assert.equal(answer.status, 200);
    const page = await answer.json();
    said.push(...page.items.map((notice: { sentence: string }) => notice.sentence));
    cursor = page.next ?? "";
  } while (cursor);
  assert.deepEqual(said, [5, 4, 3, 2, 1].map((n) => `Notice ${n}`));
  const other = await test.secondTenant();
  assert.equal((await other.request(`/api/projects/${project.id}/notices`)).status, 404);
});

Deno.test("a listener that fails does not keep an event from the others", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const to = { tenant_id: project.tenant_id, project_id: project.id };
  using _ = test.studio.events.subscribe(to, () => {
    throw new Error("broken");
  });
  using heard = listen(test, project);
  test.studio.events.publish(project.tenant_id, project.id, { type: "canvas", version: 1, by: null });
  assert.equal(heard.events.length, 1);
  assert.ok(test.lines.some((line) => line.includes("A listener to events failed")));
});

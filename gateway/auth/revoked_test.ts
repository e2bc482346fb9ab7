import assert from "node:assert/strict";
import { until } from "../agents/testing.ts";
import { createApp } from "../app.ts";
import { openTestCanvas } from "../canvas/live/testing.ts";
import { composeStudio, type OpenStudio } from "../compose.ts";
import { openDatabase } from "../db/mod.ts";
import { openTestScreen } from "../events/testing.ts";
import { createLog } from "../http/mod.ts";
import { queue } from "../jobs/testing.ts";
import { onPostgres } from "../testing/database.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

const SIGNED_OUT = 4401;

/** Another gateway of the same studio, on a port of its own. */
async function openNeighbour(test: TestStudio) {
  await using opened = new AsyncDisposableStack();
  const db = opened.use(await openDatabase({ url: test.databaseUrl!, dataDir: null, connections: 4 }));
  const studio: OpenStudio = opened.use(
    await composeStudio({ ...test.studio.config }, createLog({ write: () => {} }), { db }),
  );
  const app = createApp(studio);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => app.fetch(request, info),
  );
  const stack = opened.move();
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      studio.close();
      await server.shutdown();
      await stack.disposeAsync();
    },
  };
}

Deno.test({
  name: "what is revoked at one gateway opens nothing at the other, on open sockets and waiting polls too",
  ignore: !onPostgres,
}, async (t) => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  await using there = await openNeighbour(test);
  const { studio, artist } = test;

  /** Both of a page's sockets at the other gateway; `revoke` is done at this one. */
  async function closedBy(
    headers: Record<string, string>,
    token: string | null,
    revoke: () => Promise<Response>,
  ) {
    const ask = async () => {
      const answer = await fetch(`${there.url}/api/me`, { headers });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask(), 200);
    const screen = openTestScreen(there.url, project.id, headers);
    const canvas = token === null ? null : openTestCanvas(there.url, project.id, token);
    using others = openTestScreen(there.url, project.id, { authorization: `Bearer ${test.tokens.owner}` });
    await Promise.all([screen.event("state"), others.event("state"), canvas?.synced]);
    const began = performance.now();
    const answer = await revoke();
    assert.ok(answer.ok, await answer.text());
    assert.equal(await ask(), 401, "from the next request on");
    assert.equal((await screen.closed).code, SIGNED_OUT);
    if (canvas) assert.equal((await canvas.closed).code, SIGNED_OUT);
    console.log(`closed after ${Math.round(performance.now() - began)} ms`);
    assert.equal(others.socket.readyState, WebSocket.OPEN, "and nobody else's");
  }
  const sessionOf = async () => {
    const entered = await test.request(`/enter?token=${await studio.auth.ownerLink()}`, {}, "nobody");
    return entered.headers.get("set-cookie")!.split(";", 1)[0]!;
  };

  await t.step("a session that is ended from the list of another browser", async () => {
    const cookie = await sessionOf();
    const { items } = await (await test.request("/api/auth/sessions", { headers: { cookie } }, "nobody"))
      .json();
    const { id } = items.find((session: { current: boolean }) => session.current);
    await closedBy({ cookie }, null, () => test.request(`/api/auth/sessions/${id}`, { method: "DELETE" }));
  });

  await t.step("a session that signs out elsewhere", async () => {
    const cookie = await sessionOf();
    await closedBy(
      { cookie },
      null,
      () => test.request("/api/auth/logout", { method: "POST", headers: { cookie } }, "nobody"),
    );
  });

  await t.step("an access token", async () => {
    const made = await test.request(
      "/api/auth/tokens",
      { method: "POST", json: { name: "script" } },
      "artist",
    );
    const { id, token } = await made.json();
    await closedBy(
      { authorization: `Bearer ${token}` },
      token,
      () => test.request(`/api/auth/tokens/${id}`, { method: "DELETE" }, "artist"),
    );
  });

  await t.step("a person who is sent away", async () => {
    await closedBy(
      { authorization: `Bearer ${test.tokens.artist}` },
      test.tokens.artist,
      () => test.request(`/api/auth/people/${artist.user_id}`, { method: "DELETE" }),
    );
  });

  await t.step("an agent: its waiting polls end, and it gets no job that comes after", async () => {
    const agent = await test.joinAgent({ name: "rig" });
    const call = (path: string, json: unknown) =>
      fetch(`${there.url}/api/agent${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${agent.token}`, "content-type": "application/json" },
        body: JSON.stringify(json),
      });
    const beat = () => call("/heartbeat", { boot_id: agent.boot_id, leases: [] });
    const first = await beat();
    await first.body?.cancel();
    assert.equal(first.status, 200);
    const poll = call("/lease", { boot_id: agent.boot_id, slot: "gpu0", wait_s: 25 });
    const stops = call("/stops", { boot_id: agent.boot_id, wait_s: 25 });
    await until("both to wait", async () => {
      const figures = await (await fetch(`${there.url}/metrics`)).text();
      // The one that asks is a third.
      return Number(/^studio_http_requests_in_flight (\d+)$/m.exec(figures)![1]) >= 3 || undefined;
    });
    const began = performance.now();
    assert.equal((await test.request(`/api/agents/${agent.id}`, { method: "DELETE" })).status, 204);
    const [job] = await queue(test, project, { count: 1 });
    const answer = await poll;
    assert.ok(answer.status === 401 || (await answer.json()).lease === null, "no lease");
    console.log(`its poll ended after ${Math.round(performance.now() - began)} ms`);
    await (await stops).body?.cancel();
    assert.ok(performance.now() - began < 20_000, "its other wait ended, too, and not by itself");
    const after = await beat();
    await after.body?.cancel();
    assert.equal(after.status, 401);
    const [row] = await studio.db.sql<{ state: string }[]>`select state from jobs where id = ${job!.id}`;
    assert.equal(row!.state, "queued");
  });
});

import assert from "node:assert/strict";
import { until } from "../agents/testing.ts";
import { createApp } from "../app.ts";
import { openTestCanvas } from "../canvas/live/testing.ts";
import { composeStudio, type OpenStudio } from "../compose.ts";
import { openDatabase } from "../db/mod.ts";
import { CHECK_MS, ROLE_CHANGED, SIGNED_OUT } from "../events/sockets.ts";
import { openTestScreen } from "../events/testing.ts";
import { createLog } from "../http/mod.ts";
import { queue } from "../jobs/testing.ts";
import { onPostgres } from "../testing/database.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

/** Seconds of a long poll; no other clock of the gateway has them. */
const POLL_S = 27;

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

/**
 * Nothing ends by itself: no clock looks whether sockets may stay, no long poll runs out. What ends then is ended by word of what was done.
 */
function stopClocks(): Disposable {
  const { setInterval, setTimeout } = globalThis;
  const never = 2 ** 31 - 1;
  globalThis.setInterval =
    ((run: () => void, ms?: number) => setInterval(run, ms === CHECK_MS ? never : ms)) as typeof setInterval;
  globalThis.setTimeout =
    ((run: () => void, ms?: number) =>
      setTimeout(run, ms === POLL_S * 1000 ? never : ms)) as typeof setTimeout;
  return { [Symbol.dispose]: () => void Object.assign(globalThis, { setInterval, setTimeout }) };
}

Deno.test("what is revoked closes what is open with it, by word and not by the clock", async (t) => {
  using _clocks = stopClocks();
  await using test = await openTestStudio({ env: { POLL_SECONDS: String(POLL_S) } });
  const url = await test.serve();
  await tellRevoked(t, test, url);
});

Deno.test({
  name: "what is revoked at one gateway opens nothing at the other, on open sockets and waiting polls too",
  ignore: !onPostgres,
}, async (t) => {
  using _clocks = stopClocks();
  await using test = await openTestStudio({ env: { POLL_SECONDS: String(POLL_S) } });
  await using there = await openNeighbour(test);
  await tellRevoked(t, test, there.url);
});

/** At `url` things are open, and at the studio itself they are revoked. */
async function tellRevoked(t: Deno.TestContext, test: TestStudio, url: string): Promise<void> {
  const project = await test.makeProject();
  const { studio, artist } = test;

  /** Both of a page's sockets there; `revoke` is done at this one. */
  async function closedBy(
    headers: Record<string, string>,
    token: string | null,
    revoke: () => Promise<Response>,
    { code = SIGNED_OUT, opens = 401 } = {},
  ) {
    const ask = async () => {
      const answer = await fetch(`${url}/api/me`, { headers });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask(), 200);
    const screen = openTestScreen(url, project.id, headers);
    const canvas = token === null ? null : openTestCanvas(url, project.id, token);
    using others = openTestScreen(url, project.id, { authorization: `Bearer ${test.tokens.owner}` });
    await Promise.all([screen.event("state"), others.event("state"), canvas?.synced]);
    const answer = await revoke();
    assert.ok(answer.ok, await answer.text());
    assert.equal(await ask(), opens, "from the next request on");
    assert.equal((await soon(screen.closed)).code, code);
    if (canvas) assert.equal((await soon(canvas.closed)).code, code);
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

  await t.step("a role that is another now: the page comes back with what it may do then", async () => {
    const change = (role: string) =>
      test.request(`/api/auth/people/${artist.user_id}`, { method: "PATCH", json: { role } });
    const { artist: token } = test.tokens;
    const then = { code: ROLE_CHANGED, opens: 200 };
    await closedBy({ authorization: `Bearer ${token}` }, token, () => change("viewer"), then);
    await closedBy({ authorization: `Bearer ${token}` }, token, () => change("artist"), then);
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
      fetch(`${url}/api/agent${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${agent.token}`, "content-type": "application/json" },
        body: JSON.stringify(json),
      });
    const beat = () => call("/heartbeat", { boot_id: agent.boot_id, leases: [] });
    const first = await beat();
    await first.body?.cancel();
    assert.equal(first.status, 200);
    const poll = call("/lease", { boot_id: agent.boot_id, slot: "gpu0", wait_s: POLL_S });
    const stops = call("/stops", { boot_id: agent.boot_id, wait_s: POLL_S });
    await until("both to wait", async () => {
      const figures = await (await fetch(`${url}/metrics`)).text();
      // The one that asks is a third.
      return Number(/^studio_http_requests_in_flight (\d+)$/m.exec(figures)![1]) >= 3 || undefined;
    });
    assert.equal((await test.request(`/api/agents/${agent.id}`, { method: "DELETE" })).status, 204);
    const [job] = await queue(test, project, { count: 1 });
    const answer = await soon(poll);
    assert.ok(answer.status === 401 || (await answer.json()).lease === null, "no lease");
    await (await soon(stops)).body?.cancel();
    const after = await beat();
    await after.body?.cancel();
    assert.equal(after.status, 401);
    const [row] = await studio.db.sql<{ state: string }[]>`select state from jobs where id = ${job!.id}`;
    assert.equal(row!.state, "queued");
  });
}

/** Or an error after a minute: by then it will not come. */
async function soon<T>(what: Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new Error("Nobody ended it within a minute")), 60_000);
  try {
    return await Promise.race([what, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

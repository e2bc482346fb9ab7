import assert from "node:assert/strict";
import { openTestStudio } from "../testing/studio.ts";

type Json = Record<string, unknown>;

Deno.test("people, their sessions and tokens, and what the log says of it", async (t) => {
  await using test = await openTestStudio();
  const other = await test.secondTenant();
  const send = (method: string, path: string, json?: unknown, as = "owner") =>
    test.request(path, json === undefined ? { method } : { method, json }, as);
  const sentences = async (query = "") => {
    const { items } = await (await test.request(`/api/audit?limit=200${query}`)).json();
    return (items as { sentence: string }[]).map((each) => each.sentence);
  };
  const enter = async (url: string, agent = "Firefox") => {
    const entered = await test.request(url, { headers: { "user-agent": agent } }, "nobody");
    assert.equal(entered.status, 302);
    return entered.headers.get("set-cookie")!.split(";", 1)[0]!;
  };
  const withCookie = (cookie: string, path: string, method = "GET") =>
    test.request(path, { method, headers: { cookie } }, "nobody");

  await t.step("an owner changes a role; it holds from the next request on", async () => {
    const path = `/api/auth/people/${test.artist.user_id}`;
    assert.equal((await send("PATCH", path, { role: "owner" }, "artist")).status, 403);
    assert.equal((await send("PATCH", path, { role: "viewer" })).status, 200);
    assert.equal((await send("POST", "/api/projects", { title: "No" }, "artist")).status, 403);
    assert.equal((await (await send("PATCH", path, { role: "artist" })).json()).role, "artist");
    assert.equal((await send("POST", "/api/projects", { title: "Yes" }, "artist")).status, 201);
    assert.equal((await send("PATCH", path, { role: "emperor" })).status, 400);
    assert.ok((await sentences()).includes("Owner made Test artist viewer (was artist)."));
    assert.ok((await sentences()).includes('Test artist began the film "Yes".'));
  });

  await t.step("people name themselves, and only an owner names others", async () => {
    const own = `/api/auth/people/${test.viewer.user_id}`;
    assert.equal((await send("PATCH", own, { name: "Vera" }, "viewer")).status, 200);
    assert.equal((await (await test.request("/api/me", {}, "viewer")).json()).name, "Vera");
    assert.equal((await send("PATCH", own, { name: "Victor" }, "artist")).status, 403);
    assert.equal((await send("PATCH", own, { name: "Vera", role: "owner" }, "viewer")).status, 403);
  });

  await t.step("there is always an owner, also when two let go at the same time", async () => {
    const own = `/api/auth/people/${test.owner.user_id}`;
    const refused = await send("PATCH", own, { role: "viewer" });
    assert.equal(refused.status, 409);
    assert.match((await refused.json()).detail, /last owner/);
    const pair = await test.secondTenant();
    const made = await pair.request("/api/auth/links", {
      method: "POST",
      json: { name: "Second", role: "owner" },
    });
    const { user, url } = await made.json();
    const cookie = await enter(url);
    const answers = await Promise.all([
      pair.request(`/api/auth/people/${user.id}`, { method: "DELETE" }),
      withCookie(cookie, `/api/auth/people/${pair.owner.user_id}`, "DELETE"),
    ]);
    // Whoever was second is refused: no longer signed in, or the other is the last.
    assert.equal(answers.filter((each) => each.status === 204).length, 1);
    const owners = await test.studio.db.sql`
      select 1 from users where tenant_id = ${pair.owner.tenant_id} and role = 'owner' and removed_at is null`;
    assert.equal(owners.length, 1);
  });

  await t.step("own sessions are listed and ended, and nobody else's", async () => {
    const first = await enter(`/enter?token=${await test.studio.auth.ownerLink()}`, "Firefox");
    const second = await enter(`/enter?token=${await test.studio.auth.ownerLink()}`, "Chromium");
    const { items } = await (await withCookie(first, "/api/auth/sessions")).json();
    assert.deepEqual(
      items.map((each: Json) => [each.user_agent, each.current]).sort(),
      [["Chromium", false], ["Firefox", true]],
    );
    assert.ok(items.every((each: Json) => !JSON.stringify(each).includes("gms_")));
    const chromium = items.find((each: Json) => each.user_agent === "Chromium").id;
    const path = `/api/auth/sessions/${chromium}`;
    assert.equal((await send("DELETE", path, undefined, "artist")).status, 404);
    assert.equal((await other.request(path, { method: "DELETE" })).status, 404);
    assert.equal((await withCookie(first, path, "DELETE")).status, 204);
    assert.equal((await withCookie(second, "/api/me")).status, 401);
    assert.equal((await withCookie(first, "/api/me")).status, 200);
    assert.ok((await sentences("&what=session_ended")).length === 1);
  });

  await t.step("an access token signs a browser in, for as long as the token stands", async () => {
    const made = await (await send("POST", "/api/auth/tokens", { name: "laptop" }, "artist")).json();
    const entered = await test.request("/api/auth/sessions", { method: "POST" }, made.token);
    assert.equal(entered.status, 204);
    const cookie = entered.headers.get("set-cookie")!.split(";", 1)[0]!;
    const me = await (await withCookie(cookie, "/api/me")).json();
    assert.equal(me.via, "session");
    assert.equal(me.name, "Test artist");
    const { items } = await (await test.request("/api/auth/tokens", {}, "artist")).json();
    assert.ok(items.find((each: Json) => each.name === "laptop").last_used_at);
    assert.equal((await send("DELETE", `/api/auth/tokens/${made.id}`, undefined, "artist")).status, 204);
    assert.equal((await withCookie(cookie, "/api/me")).status, 401);
    const short = await (await send("POST", "/api/auth/tokens", { name: "short", expires_s: 60 }, "artist"))
      .json();
    const brief = await test.request("/api/auth/sessions", { method: "POST" }, short.token);
    assert.match(brief.headers.get("set-cookie")!, /Max-Age=(60|[1-5]?\d)\b/);
    const [session] = await test.studio.db.sql`
      select expires_at <= now() + interval '61 seconds' as ends from tokens where parent_id = ${short.id}`;
    assert.equal(session!.ends, true);
    const said = await sentences();
    assert.ok(said.includes('Test artist made the access token "laptop".'));
    assert.ok(said.includes("Test artist signed in with an access token."));
    assert.ok(said.includes('Test artist revoked the access token "laptop".'));
  });

  await t.step("the log is for owners, of one studio, page by page, without secrets", async () => {
    assert.equal((await test.request("/api/audit", {}, "artist")).status, 403);
    assert.deepEqual((await (await other.request("/api/audit")).json()).items, []);
    const all = await sentences();
    const paged: string[] = [];
    let cursor = "";
    do {
      const page = await (await test.request(`/api/audit?limit=2${cursor}`)).json();
      paged.push(...page.items.map((each: Json) => each.sentence));
      cursor = page.next ? `&cursor=${page.next}` : "";
    } while (cursor);
    assert.deepEqual(paged, all);
    assert.ok(
      (await sentences(`&who=${test.artist.user_id}`)).every((each) => each.startsWith("Test artist")),
    );
    const rows = await test.studio.db.sql`select a::text as text from audit_log a`;
    assert.ok(rows.every((row) => !row.text.includes("gms_")));
  });
});

Deno.test("what the fleet and the films do is in the log", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject("Salt");
  await test.request("/api/agents/join-codes", { method: "POST", json: { uses: 2 } });
  const agent = await test.joinAgent({ name: "tower" });
  const patch = (path: string, json: unknown) => test.request(path, { method: "PATCH", json });
  await patch(`/api/agents/${agent.id}`, { paused: true });
  await patch(`/api/agents/${agent.id}`, { paused: false });
  await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  await patch(`/api/projects/${project.id}`, { archived: true });
  await patch(`/api/projects/${project.id}`, { archived: false });
  const { items } = await (await test.request("/api/audit")).json();
  assert.deepEqual(items.map((each: Json) => each.sentence), [
    'Owner took "Salt" out of the archive.',
    'Owner archived "Salt".',
    "Owner removed the machine tower.",
    "Owner let the machine tower work again.",
    "Owner paused the machine tower.",
    "The machine tower joined.",
    "Owner made a join code for 2 machines.",
    'Owner began the film "Salt".',
  ]);
});

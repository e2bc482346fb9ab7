import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import { type Permission, Role, Scope } from "../../shared/roles.ts";
import { routesOf } from "../http/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { API, ELSEWHERE, REPOSITORY, ROLE_TABLE, SCOPE_TABLE } from "./matrix.ts";

/**
 * Every operation of the gateway, tried by everybody who could ask. What is expected is written down in matrix.ts once more, by hand:
 * a route without a row fails, and so does a cell that is not what the tables say.
 */
Deno.test("every route, tried by everybody, opens for those whom the tables name and nobody else", async (t) => {
  await using test = await openTestStudio();
  const roles = readTable(ROLE_TABLE);
  const scopes = readTable(SCOPE_TABLE);
  const api = readRoutes(API);
  const repository = readRoutes(REPOSITORY);

  await t.step("every route has a row, and every row a route", () => {
    const there = routesOf(test.app).map(({ method, path }) => `${method} ${path}`);
    const rows = new Set([...api.keys(), ...repository.keys(), ...ELSEWHERE]);
    assert.deepEqual(there.filter((route) => !rows.has(route)), [], "add a row to the tables above");
    assert.deepEqual([...rows].filter((row) => !there.includes(row)), [], "these routes are gone");
  });

  const project = await test.makeProject();
  const other = await test.secondTenant();
  const agent = await test.joinAgent();
  const job = uuidv7();
  const lease = (await test.studio.auth.leaseAuthorization({
    tenantId: test.owner.tenant_id,
    projectId: project.id,
    jobId: job,
    leaseToken: 1,
  })).slice("Bearer ".length);
  const { code } = await test.studio.auth.createJoinCode(test.owner.tenant_id, {
    pools: ["default"],
    uses: 1,
    expiresS: 600,
  });
  const people = await makePeople(test);

  const paths = { ":p": project.id, ":project": project.id, ":tenant": project.tenant_slug };
  /** `real`: what else is there by its own id. */
  const pathOf = (route: string, real: Record<string, string> = {}) =>
    route.split(" ")[1]!
      .replace(":repository", `${project.slug}.git`)
      .replace(/:\w+/g, (name) => ({ ...paths, ...real })[name] ?? uuidv7());
  async function ask(route: string, as: string, real?: Record<string, string>): Promise<number> {
    const [method] = route.split(" ");
    const query = route.endsWith("/info/refs") ? "?service=git-upload-pack" : "";
    const init = { method: method!, ...bodyOf(route) };
    const response = await test.request(pathOf(route, real) + query, init, as);
    await response.body?.cancel();
    return response.status;
  }
  /** Asks, and holds the answer against the table's word. */
  async function check(who: string, route: string, as: string, allowed: boolean, refusedWith = [403]) {
    const own = people.ids.get(as) ?? test.owner.user_id;
    // Anybody may rename themselves; sending an owner away would end the test.
    const status = await ask(route, as, route.startsWith("PATCH") ? { ":person": own } : {});
    const refused = status === 401 || status === 403;
    assert.ok(status < 500, `${who}: ${route} -> ${status}`);
    if (allowed) assert.ok(!refused && status !== 429, `${who} may, but: ${route} -> ${status}`);
    else assert.ok(refusedWith.includes(status), `${who} may not, but: ${route} -> ${status}`);
  }

  for (const [name, token] of people.roles) {
    await t.step(`as ${name}`, async () => {
      for (const [route, [needs]] of api) {
        if (needs === "nobody") continue;
        const isPermission = needs !== "agent" && needs !== "join";
        await check(name, route, token, isPermission && roles(needs!, name));
      }
      for (const [route, needs] of repository) {
        await check(name, route, token, needs.some((each) => each !== "lease" && roles(each, name)));
      }
    });
  }

  for (const [name, token] of people.scoped) {
    await t.step(`an owner's token with the scope ${name}`, async () => {
      for (const [route, [needs]] of api) {
        if (needs === "nobody") continue;
        const isPermission = needs !== "agent" && needs !== "join";
        await check(name, route, token, isPermission && scopes(needs!, name));
      }
      for (const [route, needs] of repository) {
        await check(name, route, token, needs.some((each) => each !== "lease" && scopes(each, name)));
      }
    });
  }

  await t.step("an agent's token, a join code, a lease's token: only what is theirs", async () => {
    for (const [route, [needs]] of api) {
      if (needs === "nobody") continue;
      await check("agent", route, agent.token, needs === "agent");
      await check("join code", route, code, needs === "join");
      // Its job is not running (any more): it opens nothing at all, and says so as a lost lease.
      await check("lease", route, lease, false, [401, 403, 409, 410]);
    }
    for (const route of repository.keys()) {
      await check("agent", route, agent.token, false);
      await check("join code", route, code, false);
      await check("lease", route, lease, false, [401, 403, 409, 410]);
    }
  });

  await t.step("nobody at all gets 401 everywhere", async () => {
    for (const [route, [needs]] of api) {
      await check("nobody", route, "nobody", needs === "nobody", [401]);
    }
    for (const route of repository.keys()) await check("nobody", route, "nobody", false, [401]);
  });

  await t.step("expired and revoked tokens get 401 everywhere, or 429 when they keep on", async () => {
    for (const [name, token] of people.ended) {
      for (const route of [...api.keys(), ...repository.keys()]) {
        await check(name, route, token, false, [401, 429]);
      }
    }
  });

  await t.step("another studio's owner finds none of these projects, agents or repositories", async () => {
    for (const [route, [needs]] of [...api, ...repository]) {
      if (!/:p\b|:project\b|:agent\b|:repository\b/.test(route) || needs === "agent") continue;
      const status = await ask(route, other.token, { ":agent": agent.id });
      // A body that says nothing may be refused before anything is looked up; that tells no more than a 404.
      assert.ok([404, 400, 415, 422].includes(status), `${route} -> ${status}`);
      if (route.startsWith("GET") || route.startsWith("DELETE")) {
        assert.equal(status === 400 ? 404 : status, 404, route);
      }
    }
    const seen = await (await other.request("/api/projects")).json();
    assert.deepEqual(seen.items, []);
    assert.deepEqual((await (await other.request("/api/agents")).json()).items, []);
    assert.deepEqual((await (await other.request("/api/jobs")).json()).items, []);
  });
});

Deno.test("an admin makes, changes and sends away no owners", async () => {
  await using test = await openTestStudio();
  const { roles } = await makePeople(test);
  const admin = roles.get("admin")!;
  const send = (method: string, path: string, json?: unknown) =>
    test.request(path, json === undefined ? { method } : { method, json }, admin);
  const owner = `/api/auth/people/${test.owner.user_id}`;
  const artist = `/api/auth/people/${test.artist.user_id}`;
  assert.equal((await send("POST", "/api/auth/links", { name: "Eve", role: "owner" })).status, 403);
  assert.equal((await send("POST", "/api/auth/links", { user_id: test.owner.user_id })).status, 403);
  assert.equal((await send("PATCH", owner, { role: "viewer" })).status, 403);
  assert.equal((await send("PATCH", artist, { role: "owner" })).status, 403);
  assert.equal((await send("DELETE", owner)).status, 403);
  assert.equal((await send("PATCH", artist, { role: "reviewer" })).status, 200);
  assert.equal((await send("POST", "/api/auth/links", { name: "Ada", role: "admin" })).status, 201);
});

Deno.test("a token with scopes makes no wider one, and the session it opens is as narrow", async () => {
  await using test = await openTestStudio();
  const made = await test.request("/api/auth/tokens", {
    method: "POST",
    json: { name: "look", scopes: ["read"] },
  });
  assert.equal(made.status, 201);
  const { token, scopes } = await made.json();
  assert.deepEqual(scopes, ["read"]);
  const again = await test.request("/api/auth/tokens", { method: "POST", json: { name: "all" } }, token);
  assert.equal(again.status, 403);
  assert.match((await again.json()).detail, /session, or an access token without scopes/);
  const refused = await test.request("/api/projects", { method: "POST", json: { title: "No" } }, token);
  assert.match((await refused.json()).detail, /good for read; this needs one with write/);

  const entered = await test.request("/api/auth/sessions", { method: "POST" }, token);
  assert.equal(entered.status, 204);
  const cookie = entered.headers.get("set-cookie")!.split(";", 1)[0]!;
  const me = await test.request("/api/me", { headers: { cookie } }, "nobody");
  assert.deepEqual((await me.json()).scopes, ["read"]);
  const making = { method: "POST", json: { title: "No" }, headers: { cookie } };
  assert.equal((await test.request("/api/projects", making, "nobody")).status, 403);
  const empty = { method: "POST", json: { name: "none", scopes: [] } };
  assert.equal((await test.request("/api/auth/tokens", empty)).status, 400);
});

/** Somebody of each role, an owner's token of each scope, and tokens that are over. */
async function makePeople(test: TestStudio) {
  const roles = new Map<Role, string>();
  /** Of whom a role's token is. */
  const ids = new Map<string, string>();
  for (const role of Role.options) {
    const user = { id: uuidv7(), tenant_id: test.owner.tenant_id, name: `The ${role}`, role };
    await test.studio.db.sql`insert into users ${test.studio.db.sql(user)}`;
    const principal = { ...test.owner, user_id: user.id, name: user.name, role };
    const token = await test.studio.auth.createAccessToken(principal, "test", null);
    roles.set(role, token);
    ids.set(token, user.id);
  }
  const scoped = new Map<Scope, string>();
  for (const scope of Scope.options) {
    scoped.set(scope, await test.studio.auth.createAccessToken(test.owner, scope, null, [scope]));
  }
  const expired = await test.studio.auth.createAccessToken(test.owner, "expired", 60);
  const revoked = await test.studio.auth.createAccessToken(test.owner, "revoked", null);
  await test.studio.db.sql`update tokens set expires_at = now() where name = 'expired'`;
  await test.studio.db.sql`update tokens set revoked_at = now() where name = 'revoked'`;
  return { roles, ids, scoped, ended: new Map([["expired", expired], ["revoked", revoked]]) };
}

function bodyOf(route: string): { json?: unknown } {
  if (/^(GET|DELETE)/.test(route)) return {};
  // Verifying may be allowed by a token for this very pointer, so it is read first.
  if (route.endsWith("/lfs/verify")) return { json: { oid: "0".repeat(64), size: 1 } };
  return { json: route.startsWith("PATCH /api/auth/people") ? { name: "Somebody" } : {} };
}

/** A table above as a question: may this column's somebody do what the row says? */
function readTable(table: string): (row: string, column: string) => boolean {
  const [head, ...lines] = table.trim().split("\n").map((line) => line.trim().split(/\s+/));
  const cells = new Map(lines.map(([row, ...marks]) => [row, marks]));
  return (row, column) => {
    const mark = cells.get(row!)?.[head!.indexOf(column)];
    assert.ok(mark === "x" || mark === ".", `no cell for ${row} and ${column}`);
    return mark === "x";
  };
}

function readRoutes(
  list: string,
): Map<string, (Permission | "agent" | "join" | "nobody" | "lease" | string)[]> {
  return new Map(
    list.trim().split("\n").map((line) => line.trim().split(/\s+/)).map((
      [method, path, ...needs],
    ) => [`${method} ${path}`, needs]),
  );
}

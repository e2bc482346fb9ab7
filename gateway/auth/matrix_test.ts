import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import { type Permission, Role, Scope } from "../../shared/roles.ts";
import { routesOf } from "../http/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

/**
 * Every operation of the gateway, tried by everybody who could ask. What is expected is written down here once more, by hand:
 * a route without a row fails, and so does a cell that is not what the tables say.
 */

/** Who may do what: a column a role, in the order of the first line. */
const ROLE_TABLE = `
              owner admin artist reviewer viewer farm
  self        x     x     x      x        x      x
  account     x     x     x      x        x      x
  view        x     x     x      x        x      x
  fetch       x     x     x      x        x      x
  review      x     x     x      x        .      .
  make        x     x     x      .        .      .
  push        x     x     x      .        .      .
  run         x     x     x      .        .      x
  lend        x     x     x      .        .      x
  fleet       x     x     .      .        .      x
  people      x     x     .      .        .      .
  studio      x     .     .      .        .      .
`;

const SCOPE_TABLE = `
              read write git:read git:write fleet people
  self        x    x     x        x         x     x
  account     .    .     .        .         .     .
  view        x    x     .        .         x     .
  fetch       .    .     x        x         .     .
  review      .    x     .        .         .     .
  make        .    x     .        .         .     .
  push        .    .     .        x         .     .
  run         .    x     .        .         x     .
  lend        .    .     .        .         x     .
  fleet       .    .     .        .         x     .
  people      .    .     .        .         .     x
  studio      .    .     .        .         .     .
`;

/** What each route of /api needs: of a person, or `agent`, `join` (a join code), `nobody` (open to all). */
const API = `
  GET    /enter                                            nobody
  GET    /enter/oidc                                       nobody
  GET    /enter/oidc/callback                              nobody
  GET    /agent.tar.gz                                     nobody
  GET    /api/me                                           self
  GET    /api/auth/people                                  view
  PATCH  /api/auth/people/:person                          account
  DELETE /api/auth/people/:person                          people
  GET    /api/auth/sessions                                account
  POST   /api/auth/sessions                                self
  DELETE /api/auth/sessions/:session                       account
  POST   /api/auth/links                                   people
  GET    /api/auth/tokens                                  account
  POST   /api/auth/tokens                                  account
  DELETE /api/auth/tokens/:token                           account
  GET    /api/auth/ways-in                                 nobody
  GET    /api/auth/passkeys                                account
  POST   /api/auth/passkeys                                account
  POST   /api/auth/passkeys/question                       account
  DELETE /api/auth/passkeys/:passkey                       account
  POST   /api/auth/passkeys/sign-in/question               nobody
  POST   /api/auth/passkeys/sign-in                        nobody
  GET    /api/auth/identities                              account
  DELETE /api/auth/identities/:subject                     account
  POST   /api/auth/logout                                  self
  GET    /api/audit                                        people
  GET    /api/usage                                        view
  GET    /api/usage.csv                                    view
  GET    /api/usage/plan                                   view
  GET    /api/usage/donors                                 view
  GET    /api/credits                                      view
  GET    /api/credits.csv                                  view
  GET    /api/credits/entries                              view
  PUT    /api/credits/name                                 lend
  GET    /api/projects/:p/credits                          view
  POST   /api/projects/:p/credits                          lend
  GET    /api/checks                                       fleet
  PUT    /api/checks/settings                              fleet
  GET    /api/checks/mine                                  lend
  GET    /api/checks/:check/picture                        fleet
  POST   /api/projects/:p/takes/:t/again                   make
  DELETE /api/projects/:p/takes/:t/unverified              review
  GET    /api/operations                                   fleet
  GET    /api/projects                                     view
  POST   /api/projects                                     make
  GET    /api/projects/:p                                  view
  PATCH  /api/projects/:p                                  make
  POST   /api/projects/:p/duplicates                       make
  GET    /api/projects/:p/canvas                           view
  PUT    /api/projects/:p/canvas                           make
  PATCH  /api/projects/:p/canvas                           make
  GET    /api/projects/:p/canvas/live                      view
  GET    /api/projects/:p/jobs                             view
  POST   /api/projects/:p/jobs                             make
  GET    /api/projects/:p/placement                        view
  PUT    /api/projects/:p/placement                        make
  GET    /api/jobs                                         view
  GET    /api/jobs/:j                                      view
  PATCH  /api/jobs/:j                                      run
  GET    /api/jobs/:j/events                               view
  GET    /api/jobs/:j/log                                  view
  GET    /api/jobs/:j/image                                view
  POST   /api/jobs/:j/cancel                               run
  POST   /api/jobs/:j/retry                                run
  GET    /api/projects/:p/takes                            view
  GET    /api/projects/:p/takes/:t                         view
  GET    /api/projects/:p/takes/:t/file                    view
  GET    /api/projects/:p/takes/:t/poster                  view
  GET    /api/projects/:p/takes/:t/proxy                   view
  POST   /api/projects/:p/takes/:t/activate                review
  GET    /api/projects/:p/assets                           view
  POST   /api/projects/:p/assets                           make
  POST   /api/projects/:p/assets/import                    make
  GET    /api/projects/:p/assets/:asset/file               view
  GET    /api/projects/:p/assets/:asset/thumbnail          view
  PUT    /api/projects/:p/assets/:asset/thumbnail          make
  GET    /api/projects/:p/files                            view
  GET    /api/projects/:p/locks                            view
  POST   /api/projects/:p/locks                            make
  DELETE /api/projects/:p/locks/:lock                      make
  GET    /api/library                                      view
  GET    /api/library/items                                view
  POST   /api/library/items                                make
  GET    /api/library/items/:item                          view
  PATCH  /api/library/items/:item                          make
  POST   /api/library/items/:item/versions                 make
  GET    /api/library/items/:item/versions/:v              view
  POST   /api/library/items/:item/versions/:v/use          make
  GET    /api/library/items/:item/versions/:v/files/:name  view
  GET    /api/library/items/:item/versions/:v/download     view
  GET    /api/projects/:p/renders                          view
  POST   /api/projects/:p/renders                          make
  GET    /api/projects/:p/renders/:e                       view
  GET    /api/projects/:p/renders/:e/film                  view
  GET    /api/projects/:p/renders/:e/poster                view
  GET    /api/projects/:p/renders/:e/proxy                 view
  GET    /api/projects/:p/renders/:e/edl                   view
  GET    /api/projects/:p/renders/:e/otio                  view
  GET    /api/projects/:p/renders/:e/fcpxml                view
  GET    /api/projects/:p/assemblers/:node/lists           view
  GET    /api/projects/:p/assemblers/:node/fcpxml          view
  GET    /api/projects/:p/assemblers/:node/edl             view
  GET    /api/projects/:p/assemblers/:node/otio            view
  POST   /api/projects/:p/assemblers/:node/conform         make
  GET    /api/projects/:p/history                          view
  GET    /api/projects/:p/history/:commit                  view
  POST   /api/projects/:p/history/:commit/restore          make
  GET    /api/projects/:p/compare                          view
  GET    /api/projects/:p/milestones                       view
  POST   /api/projects/:p/milestones                       make
  GET    /api/projects/:p/branches                         view
  POST   /api/projects/:p/branches                         make
  GET    /api/projects/:p/branches/:branch                 view
  PATCH  /api/projects/:p/branches/:branch                 make
  DELETE /api/projects/:p/branches/:branch                 make
  POST   /api/projects/:p/branches/:branch/restore         make
  POST   /api/projects/:p/branches/:branch/merge           view
  GET    /api/projects/:p/archive                          view
  POST   /api/projects/import                              make
  GET    /api/projects/:project/notices                    view
  GET    /api/events                                       view
  GET    /api/runners                                      view
  POST   /api/runners                                      fleet
  POST   /api/runners/marks                                fleet
  POST   /api/runners/from-graph                           fleet
  GET    /api/runners/:id                                  view
  DELETE /api/runners/:id                                  fleet
  GET    /api/runners/:id/pack                             view
  GET    /api/agents                                       view
  POST   /api/agents/join-codes                            lend
  GET    /api/agents/:agent                                view
  PATCH  /api/agents/:agent                                lend
  DELETE /api/agents/:agent                                lend
  DELETE /api/agents/:agent/suspensions/:runner            run
  DELETE /api/agents/:agent/quarantine                     run
  POST   /api/agent/register                               join
  PUT    /api/agent/session                                agent
  POST   /api/agent/lease                                  agent
  POST   /api/agent/heartbeat                              agent
  POST   /api/agent/stops                                  agent
  PUT    /api/agent/leases/:lease/log                      agent
  PUT    /api/agent/leases/:lease/preview                  agent
  POST   /api/agent/leases/:lease/spans                    agent
  POST   /api/agent/leases/:lease/complete                 agent
  POST   /api/agent/leases/:lease/fail                     agent
  POST   /api/agent/leases/:lease/release                  agent
  GET    /api/agent/runners/:id/pack                       agent
`;

/** Git and LFS answer in their own words; any of the permissions named opens them. `lease`: a job's token, too. */
const REPOSITORY = `
  GET    /git/:tenant/:repository/info/refs                    fetch
  POST   /git/:tenant/:repository/git-upload-pack              fetch
  POST   /git/:tenant/:repository/git-receive-pack             push
  POST   /git/:tenant/:repository/info/lfs/objects/batch       fetch view lease
  POST   /git/:tenant/:repository/info/lfs/verify              push make lease
  GET    /git/:tenant/:repository/info/lfs/locks               fetch view lease
  POST   /git/:tenant/:repository/info/lfs/locks               push make
  POST   /git/:tenant/:repository/info/lfs/locks/verify        push make
  POST   /git/:tenant/:repository/info/lfs/locks/:id/unlock    push make
  POST   /git/:tenant/:repository/info/lfs/multipart           push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/part      push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/complete  push make lease
  POST   /git/:tenant/:repository/info/lfs/multipart/abort     push make lease
`;

/** Pages and files without anything of a studio; what is signed or guarded otherwise has tests of its own. */
const ELSEWHERE = new Set([
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "GET /openapi.json",
  "GET /docs",
  "GET /",
  "GET /p/*",
  "GET /people",
  "GET /runners",
  "GET /usage",
  "GET /fleet",
  "GET /operations",
  "GET /*",
  "GET /objects/:key{.+}",
  "PUT /objects/:key{.+}",
]);

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

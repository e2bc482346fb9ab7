import assert from "node:assert/strict";
import { openTestDatabase } from "../testing/database.ts";
import { openTestStudio } from "../testing/studio.ts";
import { makeFirstTenant, slugOf } from "./first_start.ts";
import { loadSigningKey } from "./signing_key.ts";
import { signLease, verifyLease } from "./lease_token.ts";

function cookieOf(response: Response): string {
  const cookie = response.headers.get("set-cookie");
  assert.ok(cookie, "no cookie was set");
  return cookie.split(";", 1)[0]!;
}

Deno.test("who comes in, how, and how long", async (t) => {
  await using test = await openTestStudio();

  await t.step("a one-time link opens a session once, and then says how to get another", async () => {
    const token = await test.studio.auth.ownerLink();
    const entered = await test.request(`/enter?token=${token}`, {}, "nobody");
    assert.equal(entered.status, 302);
    assert.equal(entered.headers.get("location"), "/");
    assert.match(entered.headers.get("set-cookie")!, /HttpOnly/i);
    assert.match(entered.headers.get("set-cookie")!, /SameSite=Lax/i);
    assert.doesNotMatch(entered.headers.get("set-cookie")!, /Secure/i);

    const me = await test.request("/api/me", { headers: { cookie: cookieOf(entered) } }, "nobody");
    assert.equal(me.status, 200);
    const who = await me.json();
    assert.equal(who.role, "owner");
    assert.equal(who.via, "session");
    assert.equal(who.studio.slug, test.owner.tenant_slug);

    const again = await test.request(`/enter?token=${token}`, {}, "nobody");
    assert.equal(again.status, 410);
    assert.match(again.headers.get("content-type")!, /text\/html/);
    assert.match(await again.text(), /deno task start/);
  });

  await t.step("looking at a link does not use it up", async () => {
    const token = await test.studio.auth.ownerLink();
    for (const init of [{ method: "HEAD" }, { headers: { "sec-purpose": "prefetch" } }]) {
      const looked = await test.request(`/enter?token=${token}`, init, "nobody");
      assert.equal(looked.headers.get("set-cookie"), null);
      await looked.body?.cancel();
    }
    assert.equal((await test.request(`/enter?token=${token}`, {}, "nobody")).status, 302);
  });

  await t.step("a stale cookie is nobody, and does not stand in the way of a new link", async () => {
    const cookie = "gms_session=gms_session_" + "A".repeat(43);
    const me = await test.request("/api/me", { headers: { cookie } }, "nobody");
    assert.equal(me.status, 401);
    assert.match((await me.json()).detail, /Sign in/);
    const token = await test.studio.auth.ownerLink();
    assert.equal(
      (await test.request(`/enter?token=${token}`, { headers: { cookie } }, "nobody")).status,
      302,
    );
  });

  await t.step("signing out ends the session at once", async () => {
    const entered = await test.request(`/enter?token=${await test.studio.auth.ownerLink()}`, {}, "nobody");
    const cookie = cookieOf(entered);
    const out = await test.request("/api/auth/logout", { method: "POST", headers: { cookie } }, "nobody");
    assert.equal(out.status, 204);
    assert.match(out.headers.get("set-cookie")!, /gms_session=;/);
    assert.equal((await test.request("/api/me", { headers: { cookie } }, "nobody")).status, 401);
  });

  await t.step("an owner's link lets an artist in, and nobody but an owner makes one", async () => {
    const json = { name: "Ada", role: "artist" };
    assert.equal((await test.request("/api/auth/links", { method: "POST", json }, "artist")).status, 403);
    assert.equal((await test.request("/api/auth/links", { method: "POST", json }, "nobody")).status, 401);
    const made = await test.request("/api/auth/links", { method: "POST", json });
    assert.equal(made.status, 201);
    const link = await made.json();
    const entered = await test.request(link.url, {}, "nobody");
    const me = await (await test.request("/api/me", { headers: { cookie: cookieOf(entered) } }, "nobody"))
      .json();
    assert.equal(me.name, "Ada");
    assert.equal(me.role, "artist");

    const back = await test.request("/api/auth/links", { method: "POST", json: { user_id: me.id } });
    assert.equal((await back.json()).user.name, "Ada");
    const other = await test.secondTenant();
    const foreign = await other.request("/api/auth/links", { method: "POST", json: { user_id: me.id } });
    assert.equal(foreign.status, 404);
  });

  await t.step(
    "an access token works as Bearer and as a Basic password until it is revoked by its own user",
    async () => {
      const made = await test.request(
        "/api/auth/tokens",
        { method: "POST", json: { name: "git" } },
        "artist",
      );
      assert.equal(made.status, 201);
      const { id, token } = await made.json();
      const basic = { headers: { authorization: `Basic ${btoa(`anyone:${token}`)}` } };
      assert.equal((await test.request("/api/me", basic, "nobody")).status, 200);
      assert.equal((await (await test.request("/api/me", {}, token)).json()).name, test.artist.name);

      const listed = await (await test.request("/api/auth/tokens", {}, "artist")).json();
      assert.ok(listed.items.some((each: { id: string }) => each.id === id));
      assert.ok(!JSON.stringify(listed).includes(token));

      assert.equal((await test.request(`/api/auth/tokens/${id}`, { method: "DELETE" }, "owner")).status, 404);
      assert.equal(
        (await test.request("/api/auth/tokens/not-an-id", { method: "DELETE" }, "owner")).status,
        404,
      );
      assert.equal(
        (await test.request(`/api/auth/tokens/${id}`, { method: "DELETE" }, "artist")).status,
        204,
      );
      const refused = await test.request("/api/me", {}, token);
      assert.equal(refused.status, 401);
      assert.match((await refused.json()).detail, /ended/);
    },
  );

  await t.step("no secret is stored, only its SHA-256", async () => {
    const token = await test.studio.auth.createAccessToken(test.owner, "script", 60);
    const [found] = await test.studio.db.sql`
      select id from tokens where hash = sha256(convert_to(${token}, 'UTF8'))`;
    assert.ok(found);
    const rows = await test.studio.db.sql`select t::text as text from tokens t`;
    assert.ok(rows.every((row) => !row.text.includes(token)));
  });

  await t.step("an owner takes somebody's access away, at once, but not their own", async () => {
    const made = await test.request("/api/auth/links", {
      method: "POST",
      json: { name: "Grace", role: "owner" },
    });
    const { url, user } = await made.json();
    const cookie = cookieOf(await test.request(url, {}, "nobody"));
    const asGrace = { headers: { cookie } };
    assert.equal((await test.request("/api/me", asGrace, "nobody")).status, 200);
    const again =
      await (await test.request("/api/auth/links", { method: "POST", json: { user_id: user.id } })).json();
    const people = async () =>
      (await (await test.request("/api/auth/people", {}, "viewer")).json()).items
        .map((person: { name: string }) => person.name);
    assert.ok((await people()).includes("Grace"));

    const path = `/api/auth/people/${user.id}`;
    assert.equal((await test.request(path, { method: "DELETE" }, "artist")).status, 403);
    const other = await test.secondTenant();
    assert.equal((await other.request(path, { method: "DELETE" })).status, 404);
    assert.equal((await test.request(path, { ...asGrace, method: "DELETE" }, "nobody")).status, 409);
    assert.equal((await test.request(path, { method: "DELETE" })).status, 204);
    assert.equal((await test.request("/api/me", asGrace, "nobody")).status, 401);
    assert.equal((await test.request(again.url, {}, "nobody")).status, 410);
    assert.equal((await test.request(path, { method: "DELETE" })).status, 404);
    assert.ok(!(await people()).includes("Grace"));
  });

  await t.step("a token that ended is forgotten after a month, one that lives is not", async () => {
    const { auth, db } = test.studio;
    const [ended, living] = [
      await auth.createAccessToken(test.owner, "ended", 60),
      await auth.createAccessToken(test.owner, "living", null),
    ];
    const said = async (token: string) => (await (await test.request("/api/me", {}, token)).json()).detail;
    const age = async (token: string, days: number) => {
      await db.sql`
        update tokens set created_at = now() - interval '1 year', expires_at = expires_at - make_interval(days => ${days})
        where hash = sha256(convert_to(${token}, 'UTF8'))`;
    };
    await age(living, 40);
    await age(ended, 20);
    await auth.firstStart();
    assert.match(await said(ended), /has ended/);
    await age(ended, 11);
    await auth.firstStart();
    assert.match(await said(ended), /not one of this studio's/);
    assert.equal(await said(living), undefined);
  });

  await t.step(
    "wrong credentials get 401 with a challenge: Basic for git, Bearer for everything else",
    async () => {
      const wrong = { headers: { authorization: "Bearer nonsense" } };
      const api = await test.request("/api/me", wrong, "nobody");
      assert.equal(api.status, 401);
      assert.match(api.headers.get("www-authenticate")!, /^Bearer/);
      assert.match(api.headers.get("content-type")!, /problem\+json/);
      const git = await test.request(
        "/git/studio/Film.git/info/refs?service=git-upload-pack",
        wrong,
        "nobody",
      );
      assert.equal(git.status, 401);
      assert.match(git.headers.get("www-authenticate")!, /^Basic/);
      for (const authorization of ["Basic !!!", "Basic bm9jb2xvbg==", "Digest x", "Bearer", "Bearer a b"]) {
        const refused = await test.request("/api/me", { headers: { authorization } }, "nobody");
        assert.equal(refused.status, 401, authorization);
      }
    },
  );

  await t.step("who keeps on sending wrong tokens is told to wait, and a right one still works", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 25; n++) {
      const refused = await test.request(
        "/api/me",
        { headers: { authorization: `Bearer wrong${n}` } },
        "nobody",
      );
      statuses.push(refused.status);
      if (refused.status === 429) assert.ok(Number(refused.headers.get("retry-after")) > 0);
      await refused.body?.cancel();
    }
    assert.equal(statuses[0], 401);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await test.request("/api/me")).status, 200);
  });
});

Deno.test("an expired link is refused, and behind https the cookie is Secure", async () => {
  await using test = await openTestStudio();
  test.studio.config.publicUrl = "https://studio.test";
  const [late, good] = [await test.studio.auth.ownerLink(), await test.studio.auth.ownerLink()];
  const { sql } = test.studio.db;
  await sql`
    update tokens set expires_at = now() - interval '1 second' where hash = sha256(convert_to(${late}, 'UTF8'))`;
  const refused = await test.request(`/enter?token=${late}`, {}, "nobody");
  assert.equal(refused.status, 410);
  await refused.body?.cancel();
  const entered = await test.request(`/enter?token=${good}`, {}, "nobody");
  assert.match(entered.headers.get("set-cookie")!, /Secure/i);
});

Deno.test("gateways that start together make one studio, one owner and one key", async () => {
  await using database = await openTestDatabase();
  const started = await Promise.all([1, 2, 3, 4].map(() => makeFirstTenant(database.sql, "Ada's Studio")));
  assert.equal(started.filter((token) => token !== null).length, 1);
  const [counted] = await database.sql`
    select (select count(*) from tenants where slug = 'ada-s-studio') as tenants, (select count(*) from users) as users`;
  assert.deepEqual({ ...counted }, { tenants: 1, users: 1 });

  const keys = await Promise.all([1, 2, 3, 4].map(() => loadSigningKey(database.sql)));
  const id = crypto.randomUUID();
  const token = await signLease(keys[0]!, { tenantId: id, projectId: id, jobId: id, leaseToken: 7 });
  for (const key of keys) assert.equal((await verifyLease(key, token))?.leaseToken, 7);
});

Deno.test("a studio's name becomes a slug", () => {
  assert.equal(slugOf("Ada's Studio"), "ada-s-studio");
  assert.equal(slugOf("Büro für Film"), "buro-fur-film");
  assert.equal(slugOf("映画"), "studio");
  assert.equal(slugOf("x".repeat(60)).length, 40);
  assert.equal(slugOf(`${"x".repeat(39)} y`), "x".repeat(39));
});

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

/** A real OpenID provider (node-oidc-provider) on a port of its own, where everybody may sign in by name. */
async function openProvider(redirect: string) {
  let provider: Provider | null = null;
  const server = createServer((request, response) => void provider!.callback()(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const warn = console.warn;
  const info = console.info;
  // It warns that its keys and its forms are for development, which is what they are for here.
  console.warn = console.info = () => {};
  provider = new Provider(issuer, {
    clients: [{ client_id: "studio", client_secret: "a secret of the studio", redirect_uris: [redirect] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: id.split("@")[0]!,
        email: id,
        email_verified: !id.startsWith("unverified"),
      }),
    }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["a key for cookies"] },
  });
  console.warn = warn;
  console.info = info;
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A browser without a screen: follows redirects, keeps cookies, fills in the provider's two forms. */
function openBrowser(test: TestStudio) {
  const jars = new Map<string, Map<string, string>>();
  async function get(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const headers = new Headers(init.headers);
    if (jar.size) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const request = { ...init, headers, redirect: "manual" as const };
    const response = origin === "http://localhost:7000"
      ? await test.request(url, request, "nobody")
      : await fetch(url, request);
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value) jar.set(name!, value);
      else jar.delete(name!);
    }
    return response;
  }
  return {
    get,
    /** From a page of the studio through the provider's login and consent and back; the studio's last answer. */
    async signIn(as: string, from = "/enter/oidc"): Promise<Response> {
      let url = `http://localhost:7000${from}`;
      let response = await get(url);
      for (let steps = 0; steps < 20; steps++) {
        const next = response.headers.get("location");
        if (next) {
          const to = new URL(next, url).href;
          await response.body?.cancel();
          // Arrived: what is behind is the canvas.
          if (to.startsWith("http://localhost:7000") && !to.includes("/enter/")) return response;
          response = await get(url = to);
          continue;
        }
        if (url.startsWith("http://localhost:7000")) return response;
        const html = await response.text();
        const [, action] = /action="([^"]+)"/.exec(html)!;
        const prompt = /name="prompt" value="(\w+)"/.exec(html)![1]!;
        const body = new URLSearchParams({ prompt, login: as, password: "any" });
        response = await get(url = new URL(action!, url).href, { method: "POST", body });
      }
      throw new Error("The provider sent us round in circles");
    },
    async me() {
      const response = await get("http://localhost:7000/api/me");
      return response.status === 200 ? await response.json() : (await response.body?.cancel(), null);
    },
    cookie: (origin: string) =>
      [...jars.get(origin) ?? []].map(([name, value]) => `${name}=${value}`).join("; "),
  };
}

Deno.test("people sign in with an account of a real OpenID provider", async (t) => {
  await using provider = await openProvider("http://localhost:7000/enter/oidc/callback");
  await using test = await openTestStudio({
    env: {
      PUBLIC_URL: "http://localhost:7000",
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: "studio",
      OIDC_CLIENT_SECRET: "a secret of the studio",
      OIDC_NAME: "The Collective",
      OIDC_NEW_ROLE: "reviewer",
      OIDC_DOMAINS: "film.example, studio.example",
    },
  });
  const sentences = async () => {
    const { items } = await (await test.request("/api/audit?limit=50")).json();
    return (items as { sentence: string }[]).map((each) => each.sentence);
  };

  await t.step("the sign-in page knows that there is one", async () => {
    const ways = await (await test.request("/api/auth/ways-in", {}, "nobody")).json();
    assert.deepEqual(ways, {
      passkeys: true,
      provider: { name: "The Collective", url: "http://localhost:7000/enter/oidc" },
    });
  });

  await t.step("a stranger is told what to do, and is nobody", async () => {
    const browser = openBrowser(test);
    const answer = await browser.signIn("eve@elsewhere.example");
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /eve@elsewhere\.example.*Ask the owner of the studio for a link/s);
    assert.equal(await browser.me(), null);
    const unverified = await openBrowser(test).signIn("unverified@film.example");
    assert.equal(unverified.status, 403);
    await unverified.body?.cancel();
  });

  await t.step("somebody of a domain that is let in becomes a person here, once", async () => {
    const browser = openBrowser(test);
    assert.equal((await browser.signIn("ada@film.example")).headers.get("location"), "/");
    const me = await browser.me();
    assert.equal(me.name, "ada");
    assert.equal(me.role, "reviewer");
    const again = openBrowser(test);
    await again.signIn("ada@film.example");
    assert.equal((await again.me()).id, me.id);
    const told = await sentences();
    assert.ok(told.includes("ada came in with an account of The Collective, as reviewer."));
    assert.ok(told.includes("ada signed in with an account elsewhere."));
  });

  await t.step("an invited person connects their account, signs in with it, and disconnects it", async () => {
    const browser = openBrowser(test);
    const entered = await browser.get(
      `http://localhost:7000/enter?token=${await test.studio.auth.ownerLink()}`,
    );
    assert.equal(entered.status, 302);
    const connected = await browser.signIn("owner@anywhere.example", "/enter/oidc?connect");
    assert.equal(connected.headers.get("location"), "/people");
    const other = openBrowser(test);
    await other.signIn("owner@anywhere.example");
    assert.equal((await other.me()).id, test.owner.user_id);
    const list = await (await other.get("http://localhost:7000/api/auth/identities")).json();
    assert.deepEqual(list.items.map((each: { label: string }) => each.label), ["owner@anywhere.example"]);
    const path = `http://localhost:7000/api/auth/identities/${encodeURIComponent(list.items[0].subject)}`;
    assert.equal((await other.get(path, { method: "DELETE" })).status, 204);
    assert.equal((await openBrowser(test).signIn("owner@anywhere.example")).status, 403);
  });

  await t.step("an account that signs somebody in cannot be connected by another", async () => {
    const browser = openBrowser(test);
    await (await browser.get(`http://localhost:7000/enter?token=${await test.studio.auth.ownerLink()}`)).body
      ?.cancel();
    const answer = await browser.signIn("ada@film.example", "/enter/oidc?connect");
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /signs somebody else in here already/);
  });

  await t.step("whose access was taken away does not come back that way", async () => {
    const browser = openBrowser(test);
    await browser.signIn("gone@studio.example");
    const { id } = await browser.me();
    assert.equal((await test.request(`/api/auth/people/${id}`, { method: "DELETE" })).status, 204);
    assert.equal(await browser.me(), null);
    const refused = await openBrowser(test).signIn("gone@studio.example");
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /access of gone@studio\.example was taken away/);
    // Invited again, they connect the same account to who they are now.
    const again = openBrowser(test);
    const link = await test.request("/api/auth/links", {
      method: "POST",
      json: { name: "Gone", role: "viewer" },
    });
    await (await again.get((await link.json()).url)).body?.cancel();
    await again.signIn("gone@studio.example", "/enter/oidc?connect");
    const back = openBrowser(test);
    await back.signIn("gone@studio.example");
    assert.equal((await back.me()).role, "viewer");
  });

  await t.step("a way back that no browser of ours set out on, or was used, opens nothing", async () => {
    const browser = openBrowser(test);
    const begun = await browser.get("http://localhost:7000/enter/oidc");
    const to = new URL(begun.headers.get("location")!);
    assert.equal(to.searchParams.get("code_challenge_method"), "S256");
    const state = to.searchParams.get("state")!;
    const forged = `http://localhost:7000/enter/oidc/callback?code=stolen&state=${state}`;
    assert.equal((await test.request(forged, {}, "nobody")).status, 410);
    assert.equal((await browser.get(forged)).status, 403);
    assert.equal((await browser.get(forged)).status, 410);
    assert.equal(await browser.me(), null);
  });
});

Deno.test("a provider that does not answer, or is not there, is said in words", async () => {
  const env = {
    OIDC_ISSUER: "http://127.0.0.1:1",
    OIDC_CLIENT_ID: "studio",
    OIDC_CLIENT_SECRET: "a secret",
    OIDC_NAME: "Nobody home",
  };
  await using test = await openTestStudio({ env });
  const away = await test.request("/enter/oidc", {}, "nobody");
  assert.equal(away.status, 502);
  assert.match(await away.text(), /Nobody home does not answer/);
  await using plain = await openTestStudio();
  const none = await plain.request("/enter/oidc", {}, "nobody");
  assert.equal(none.status, 404);
  assert.match(await none.text(), /no OpenID Connect provider/);
  assert.equal((await (await plain.request("/api/auth/ways-in", {}, "nobody")).json()).provider, null);
});

import assert from "node:assert/strict";
import { join } from "@std/path";
import { runGit } from "../../gateway/git/testing.ts";
import type { Project, Take } from "../demo/client.ts";
import { bucketMissing, startBucket } from "../testing/bucket.ts";
import { freePort } from "../testing/free_port.ts";
import { startPostgres } from "../testing/postgres.ts";
import { openFarm, until } from "./farm.ts";

const missing = await bucketMissing();
if (missing) console.warn(`Skipped, secrets in logs: ${missing}.`);

const GRAPH = {
  nodes: [{
    ...{ id: "shot", type: "shot", title: "Shot", shot: "SHOT-010", runner: "animatic", duration: 12 },
    ...{ position: { x: 0, y: 0 }, prompt: "Rain" },
  }],
  edges: [],
};

Deno.test({ name: "no secret of a whole story is in any log", ignore: missing !== null }, async () => {
  await using server = await startPostgres({ durable: true });
  await using bucket = await startBucket();
  const secrets = new Map<string, string>();
  const secret = (what: string, value: string) => {
    assert.ok(value.length > 8, `${what} is no secret: "${value}"`);
    secrets.set(what, value);
    return value;
  };
  const databaseUrl = new URL(server.url);
  databaseUrl.password = secret("the database's password", "password-of-the-database");
  const closed = `http://127.0.0.1:${freePort()}`;
  await using farm = await openFarm({
    databaseUrl: databaseUrl.href,
    env: {
      LOG_LEVEL: "debug",
      S3_BUCKET: bucket.bucket,
      S3_ENDPOINT: bucket.endpoint,
      AWS_ACCESS_KEY_ID: bucket.accessKey,
      AWS_SECRET_ACCESS_KEY: secret("the bucket's key", bucket.secretKey),
      METRICS_TOKEN: secret("the figures' token", "token-of-the-figures"),
      WEBHOOK_URL: `${closed}/usage`,
      WEBHOOK_SECRET: secret("the webhook's secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA="),
      OIDC_ISSUER: closed,
      OIDC_CLIENT_ID: "studio",
      OIDC_CLIENT_SECRET: secret("the provider's secret", "secret-of-the-provider"),
      OTEL_EXPORTER_OTLP_ENDPOINT: closed,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret("the collector's key", "key-of-the-collector")}`,
    },
  });
  const { session, proxy } = farm;
  const plain = (path: string, init: RequestInit = {}) => fetch(new URL(path, session.base), init);
  const drop = async (response: Promise<Response>) => {
    const answer = await response;
    await answer.body?.cancel();
    return answer;
  };

  // People: links, sessions, tokens; used well, used twice, and put where they do not belong.
  const { url } = await session.call<{ url: string }>("POST", "/auth/links", { name: "Ada", role: "owner" });
  const link = new URL(url);
  const linkToken = secret("a one-time link", link.searchParams.get("token")!);
  const entered = await drop(plain(link.pathname + link.search, { redirect: "manual" }));
  const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;
  secret("a session", cookie.slice(cookie.indexOf("=") + 1));
  await drop(plain(link.pathname + link.search, { redirect: "manual" }));
  await drop(plain("/api/me", { headers: { cookie } }));
  const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", { name: "git" });
  secret("an access token", token);
  const bearer = { authorization: `Bearer ${token}` };
  await drop(plain(`/api/me?access_token=${token}`));
  await drop(plain(`/api/projects/${token}`, { headers: bearer }).catch(() => new Response()));
  await drop(plain("/api/projects", { method: "POST", headers: bearer, body: `{"title": "${token}` }));
  const json = { ...bearer, "content-type": "application/json" };
  await drop(
    plain("/api/projects", { method: "POST", headers: json, body: JSON.stringify({ [token]: linkToken }) }),
  );
  await drop(plain("/api/me", { headers: { authorization: `Bearer ${token}x` } }));
  await drop(plain("/auth/oidc", { redirect: "manual" }));
  await drop(plain("/metrics", { headers: { authorization: "Bearer token-of-the-figures" } }));

  // Machines and work, with the store's signed addresses and Git.
  const project = await session.call<Project>("POST", "/projects", {
    title: "Salt",
    width: 320,
    height: 180,
  });
  await session.call("PUT", `/projects/${project.id}/canvas`, { graph: GRAPH });
  const { code } = await session.call<{ code: string }>("POST", "/agents/join-codes", {});
  secret("a join code", code);
  const agent = await farm.addAgent("attic");
  await session.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
  await farm.settled(project.id);
  // The database goes: queries fail, with all that errors carry.
  let back = false;
  const restarting = server.restart("immediate").finally(() => back = true);
  while (!back) await drop(plain("/api/projects", { headers: bearer }));
  await restarting;
  await until("the gateway to be well", async () => (await drop(plain("/readyz"))).ok);
  await session.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
  await farm.settled(project.id);
  const { items } = await session.call<{ items: Take[] }>("GET", `/projects/${project.id}/takes`);
  assert.equal(items.length, 2);
  const signed = await drop(plain(items[0]!.file_url, { headers: { cookie }, redirect: "manual" }));
  const address = new URL(signed.headers.get("location")!);
  secret("a signed address", address.searchParams.get("X-Amz-Signature")!);
  await drop(fetch(address));
  const folder = await Deno.makeTempDir({ prefix: "studio-secrets-" });
  try {
    const remote = new URL(new URL(project.git_url).pathname, session.base);
    [remote.username, remote.password] = ["ada", token];
    const clone = await runGit(folder, ["clone", "--quiet", remote.href, "clone"]);
    assert.equal(clone.code, 0, clone.err);
    secret("Git's credentials", btoa(`ada:${token}`));
    remote.password = `${token}x`;
    await runGit(folder, ["clone", "--quiet", remote.href, "refused"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  // What agents were given: their tokens, and one for each lease.
  for (const [nth, each] of [...proxy.credentials].entries()) {
    secret(`an agent's credentials ${nth}`, each.replace(/^\w+ /, ""));
  }
  assert.ok(proxy.credentials.size >= 3, "the agent's, and those of its leases");

  const logs = new Map([["what gateway and agents print", farm.said()]]);
  for await (const { name, isFile } of Deno.readDir(agent.dataDir)) {
    if (isFile && name.endsWith(".log")) logs.set(name, await Deno.readTextFile(join(agent.dataDir, name)));
  }
  for (const [where, text] of logs) {
    // The link of the first start is no log line: it is printed for who starts the gateway, and opens once.
    const lines = text.split("\n").filter((line) => !/^ {2}http\S+\/enter\?token=/.test(line));
    for (const [what, value] of secrets) {
      for (const form of new Set([value, encodeURIComponent(value)])) {
        assert.deepEqual(lines.filter((line) => line.includes(form)), [], `${what} is in ${where}`);
      }
    }
  }
  const lines = farm.said().split("\n").filter((line) => line.startsWith("{"));
  assert.ok(lines.length > 50 && lines.some((line) => line.includes('"stack"')), "there was much to tell");
});

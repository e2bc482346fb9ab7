import assert from "node:assert/strict";
import { readWish } from "../policy/pause.ts";
import { SILENT } from "../lease/reporter.ts";
import { readWanted } from "../models/files.ts";
import type { ModelNeed } from "../models/needs.ts";
import { createBoard } from "./board.ts";
import type { PageSource } from "./routes.ts";
import { openPage } from "./server.ts";

const JOB = "01890000-0000-7000-8000-000000000001";
const TINY: ModelNeed = {
  key: "vae/tiny.bin",
  folder: "vae",
  file: "tiny.bin",
  url: "https://models.example/tiny.bin",
  licence: "Tiny Licence",
  commercial: false,
  gated: false,
  here: false,
  usedBy: ["tiny@low"],
  opens: ["tiny@low"],
};

interface Opened extends AsyncDisposable {
  dataDir: string;
  port: number;
  token: string;
  source: PageSource;
  /** As the page itself asks, unless headers say otherwise. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string }>;
}

async function open(change: Partial<PageSource> = {}): Promise<Opened> {
  const dataDir = await Deno.makeTempDir({ prefix: "agent-page-" });
  const board = createBoard(SILENT);
  const source: PageSource = {
    dataDir,
    name: "Mira's 3090",
    gateway: "https://studio.example",
    version: "0.1.0",
    board,
    verdict: () => ({ take: true, keep: true, sentence: "" }),
    cards: () => [],
    cannot: () => [],
    models: () => [TINY],
    modelsDir: "/models",
    showPictures: () => true,
    update: () => null,
    agreeToUpdate: () => Promise.resolve(),
    ...change,
  };
  const page = await openPage(dataDir, source);
  const { port, hash } = new URL(page.url);
  const token = hash.slice(1);
  return {
    dataDir,
    port: Number(port),
    token,
    source,
    ask: (method, path, body, headers = {}) =>
      overTcp(Number(port), method, path, body, {
        host: `127.0.0.1:${port}`,
        authorization: `Bearer ${token}`,
        ...body === undefined ? {} : { "content-type": "application/json" },
        ...headers,
      }),
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** With whatever headers: fetch sets Host and Origin itself. Empty ones are left out. */
async function overTcp(
  port: number,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
) {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
  const lines = Object.entries({ connection: "close", "content-length": String(bytes.length), ...headers })
    .filter(([, value]) => value);
  await connection.write(
    new TextEncoder().encode(
      `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
    ),
  );
  if (bytes.length > 0) await connection.write(bytes);
  const answer = await new Response(connection.readable).text();
  return { status: Number(answer.split(" ")[1]), text: answer };
}

Deno.test("the page answers its own alone: no other name, no other page, no guess of its key", async () => {
  await using page = await open();
  const { ask, port } = page;
  assert.equal((await ask("GET", "/api/state")).status, 200);
  assert.equal((await ask("GET", "/api/state", undefined, { host: `localhost:${port}` })).status, 200);
  const refused: [string, Record<string, string>, number][] = [
    ["a name that was pointed here (DNS rebinding)", { host: `evil.example:${port}` }, 421],
    ["the same without a port", { host: "127.0.0.1" }, 421],
    ["another port of this machine", { host: "127.0.0.1:1" }, 421],
    ["another page", { origin: "https://evil.example" }, 403],
    ["a page without an origin", { origin: "null" }, 403],
    ["a page of another port", { origin: "http://127.0.0.1:8188" }, 403],
    ["a picture on another page", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    ["no key", { authorization: "" }, 401],
    ["another key", { authorization: `Bearer ${"x".repeat(32)}` }, 401],
    ["the beginning of the key", { authorization: `Bearer ${page.token.slice(0, 8)}` }, 401],
    ["the key in a cookie", { authorization: "", cookie: `key=${page.token}` }, 401],
  ];
  for (const [what, headers, status] of refused) {
    const read = await ask("GET", "/api/state", undefined, headers);
    assert.equal(read.status, status, what);
    assert.ok(!read.text.includes("Mira"), what);
    await ask("PUT", "/api/wish", { wish: "pause" }, headers);
    assert.equal(await readWish(page.dataDir), "work", what);
  }
  // A link from elsewhere may open the page, which knows nothing without its key.
  const link = await ask("GET", "/", undefined, {
    authorization: "",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
  });
  assert.equal(link.status, 200);
  assert.ok(!link.text.includes(page.token) && !link.text.includes("Mira"));
  assert.match(link.text, /frame-ancestors 'none'/i);
  const asked = await ask("OPTIONS", "/api/wish", undefined, {
    authorization: "",
    origin: "https://evil.example",
  });
  assert.equal(asked.status, 403);
  assert.doesNotMatch(asked.text, /access-control-allow/i);
  assert.equal((await ask("GET", "/../agent.json")).status, 404);
  assert.equal((await ask("GET", "/server.ts")).status, 404);
  assert.equal((await Deno.stat(`${page.dataDir}/page.json`)).mode! & 0o077, 0);
});

Deno.test("rubbish is answered with a sentence and changes nothing", async () => {
  await using page = await open();
  for (
    const [method, path, body, headers, status] of [
      ["PUT", "/api/wish", { wish: "explode" }, {}, 400],
      ["PUT", "/api/wish", { wish: "pause" }, { "content-type": "text/plain" }, 415],
      ["PUT", "/api/policy", { mark: "x", fields: { monthly_gb: 1 } }, {}, 409],
      ["PUT", "/api/policy", { fields: { monthly_gb: "x".repeat(70_000) } }, {}, 413],
      ["PUT", "/api/download", { keys: [], licences: [] }, {}, 400],
      ["DELETE", "/api/policy", undefined, {}, 404],
      ["GET", "/api/pictures/..%2f..%2fagent.json", undefined, {}, 404],
    ] as const
  ) {
    const answer = await page.ask(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    assert.match(answer.text, /"detail":"\S/);
  }
  const { mark } = JSON.parse((await page.ask("GET", "/api/policy")).text.split("\r\n\r\n")[1]!);
  const wrong = await page.ask("PUT", "/api/policy", {
    mark,
    fields: { hours: [{ from: "25:00", to: "07:00" }] },
  });
  assert.match(wrong.text, /hours\.0\.from: must be a clock time like/);
  const slip = await page.ask("PUT", "/api/policy", { mark, fields: { monthly_gp: 3 } });
  assert.equal(slip.status, 422);
  assert.equal(await Deno.stat(`${page.dataDir}/policy.json`).catch(() => null), null);
  assert.equal(await readWish(page.dataDir), "work");
});

Deno.test("pictures are shown as far as their owner wants it, and only while the job is at work", async () => {
  let shows = true;
  await using page = await open({ showPictures: () => shows });
  const { board } = page.source;
  const line = {
    job: JOB,
    slot: "gpu0",
    title: "SHOT-010",
    project: "A film",
    progress: { stage: "Sampling", progress: 0.5 },
  };
  board.reporter.job(line);
  assert.equal((await page.ask("GET", `/api/pictures/${JOB}`)).status, 404);
  board.pictured(JOB, new TextEncoder().encode("JPEG"));
  const seen = await page.ask("GET", `/api/pictures/${JOB}`);
  assert.deepEqual([seen.status, /image\/jpeg/.test(seen.text), seen.text.endsWith("JPEG")], [
    200,
    true,
    true,
  ]);
  shows = false;
  assert.equal((await page.ask("GET", `/api/pictures/${JOB}`)).status, 404);
  assert.match((await page.ask("GET", "/api/state")).text, /"picture":false/);
  shows = true;
  board.reporter.ended(JOB, "It is done.");
  assert.equal((await page.ask("GET", `/api/pictures/${JOB}`)).status, 404);
});

Deno.test("a download is written down for the launcher only with the rules' leave, a known file and its licence", async () => {
  await using page = await open();
  const want = (keys: string[], licences: string[]) => page.ask("PUT", "/api/download", { keys, licences });
  assert.match((await want(["vae/tiny.bin"], ["Tiny Licence"])).text, /allow no downloads/);
  await Deno.writeTextFile(`${page.dataDir}/policy.json`, JSON.stringify({ models: { download: true } }));
  assert.match((await want(["vae/tiny.bin"], [])).text, /Agree to the licence first: Tiny Licence/);
  assert.equal((await want(["../../etc/passwd"], ["Tiny Licence"])).status, 404);
  assert.equal(await readWanted(page.dataDir), null);
  assert.equal((await want(["vae/tiny.bin"], ["tiny licence"])).status, 204);
  assert.deepEqual((await readWanted(page.dataDir))!.keys, ["vae/tiny.bin"]);
  assert.equal((await page.ask("DELETE", "/api/download")).status, 204);
  assert.equal(await readWanted(page.dataDir), null);
});
